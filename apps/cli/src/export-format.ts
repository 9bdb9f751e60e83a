import type { InstanceIdentity, MetricPoint, NamedDefinition } from "@giflab/metrics-core";
import { csvLine } from "./csv.ts";
import type { TextSink } from "./export-sink.ts";

export type ExportFormat = "json" | "csv" | "ndjson";

/** What a JSON export says about itself. All times in epoch seconds. */
export interface ExportHeader {
  readonly schemaVersion: 1;
  readonly exportTime: number;
  /** `null` when the store is empty and no start was given. */
  readonly startTime: number | null;
  readonly endTime: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly header: ExportHeader;
  /** What is known of the metrics that were written, asked for after the last point: JSON only. */
  readonly definitions?: () => Promise<readonly NamedDefinition[]>;
  /** Called after every chunk with the number of points so far. */
  readonly onProgress?: (points: number) => void;
}

/** Characters that are collected before they are written. */
const CHUNK = 65_536;

/**
 * Writes points as they come and returns how many they were; memory does not grow with them (a JSON export remembers the
 * processes it has met, one entry each).
 *
 * - `json`: `{ ...header, metrics: [point, ...], instances: [...], definitions: [...], metricsCount }`; a point's `instance`
 *   is the `writerId` of an entry of `instances`. What is known only at the end comes last.
 * - `ndjson`: a point per line, its whole instance in it
 * - `csv`: a heading, then a point per line; without the buckets of timers and histograms
 */
export async function exportPoints(
  points: AsyncIterable<MetricPoint>,
  sink: TextSink,
  { format, header, definitions = async () => [], onProgress }: ExportOptions,
): Promise<number> {
  const writer = WRITERS[format](header);
  let text = writer.begin();
  let count = 0;
  for await (const point of points) {
    text += writer.point(point, count === 0);
    count++;
    if (text.length < CHUNK) continue;
    await sink.write(text);
    text = "";
    onProgress?.(count);
  }
  await sink.write(text + writer.end(count, format === "json" ? await definitions() : []));
  return count;
}

interface PointWriter {
  begin(): string;
  point(point: MetricPoint, first: boolean): string;
  end(count: number, definitions: readonly NamedDefinition[]): string;
}

const WRITERS: Readonly<Record<ExportFormat, (header: ExportHeader) => PointWriter>> = {
  json: (header) => {
    const instances = new Map<string, InstanceIdentity>();
    return {
      begin: () => `${JSON.stringify(header).slice(0, -1)},"metrics":[`,
      point: ({ instance, ...point }, first) => {
        if (!instances.has(instance.writerId)) instances.set(instance.writerId, instance);
        return `${first ? "" : ","}\n${JSON.stringify({ ...point, instance: instance.writerId })}`;
      },
      end: (count, definitions) =>
        `\n],\n"instances":${JSON.stringify([...instances.values()])},\n"definitions":${JSON.stringify(definitions)},\n"metricsCount":${count}}\n`,
    };
  },
  ndjson: () => ({ begin: () => "", point: (point) => `${JSON.stringify(point)}\n`, end: () => "" }),
  csv: () => ({ begin: () => csvLine(CSV_HEADING), point: (point) => csvLine(csvCells(point)), end: () => "" }),
};

const CSV_HEADING = [
  "timestamp",
  "name",
  "kind",
  "unit",
  "tags",
  "value",
  "count",
  "sum",
  "min",
  "max",
  "last",
  "resolutionSeconds",
  "service",
  "version",
  "host",
  "pid",
  "thread",
  "instance",
];

function csvCells(point: MetricPoint): (string | number | undefined)[] {
  const { timestamp, name, kind, unit, tags, resolutionSeconds } = point;
  const { service, version, host, pid, thread, writerId } = point.instance;
  const numbers =
    "value" in point
      ? [point.value, undefined, undefined, undefined, undefined, undefined]
      : [undefined, point.count, point.sum, point.min, point.max, point.last];
  const identity = [service, version, host, pid, thread, writerId];
  return [timestamp, name, kind, unit, JSON.stringify(tags), ...numbers, resolutionSeconds, ...identity];
}
