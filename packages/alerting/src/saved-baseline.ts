import { stat } from "node:fs/promises";
import {
  type Aggregation,
  definitionsOf,
  type MetricSummary,
  type NamedDefinition,
  type RecordedMetricDefinition,
  SummaryAggregation,
} from "@giflab/metrics-core";
import { type ExportEnd, type ExportedPoint, ExportFileError, readExport } from "./read-export.ts";
import { SummaryIndex } from "./summary-index.ts";

/** What is kept of an export. */
interface SavedExport extends Pick<ExportEnd, "instances" | "definitions"> {
  readonly points: readonly ExportedPoint[];
}

/** A file that was read, as long as it is the same. */
interface Remembered {
  readonly version: string;
  readonly saved: SavedExport | undefined;
  readonly problem: string | undefined;
}

export interface SavedPast {
  readonly index: SummaryIndex;
  /** Why the file cannot be used: for the report. */
  readonly problem?: string;
}

/** Reads baselines that `metrics export` saved; each file again only when it has changed. */
export class SavedBaselines {
  readonly #files = new Map<string, Remembered>();

  /**
   * The whole file as one window. `current` says what an older export does not hold: formulas of derived metrics, and how
   * gauges of several processes merge. Never rejects: what is wrong with the file is its `problem`.
   */
  async read(path: string, current: readonly MetricSummary[]): Promise<SavedPast> {
    const { saved, problem } = await this.#load(path);
    if (saved === undefined) return { index: new SummaryIndex([]), problem: problem! };
    try {
      return { index: new SummaryIndex(summarise(saved, current)) };
    } catch (error) {
      return { index: new SummaryIndex([]), problem: notUsable(path, error) };
    }
  }

  async #load(path: string): Promise<Remembered> {
    try {
      const { mtimeMs, size } = await stat(path);
      const version = `${mtimeMs} ${size}`;
      const known = this.#files.get(path);
      if (known?.version === version) return known;
      const points: ExportedPoint[] = [];
      const { instances, definitions } = await readExport(path, () => (point) => void points.push(point));
      const fresh = { version, saved: { points, instances, definitions }, problem: undefined };
      this.#files.set(path, fresh);
      return fresh;
    } catch (error) {
      return { version: "", saved: undefined, problem: notUsable(path, error) };
    }
  }
}

function notUsable(path: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof ExportFileError) return `the baseline ${why}`;
  return `the baseline ${path} cannot be used: ${why}. Write one with giflab metrics export -o FILE`;
}

function summarise(saved: SavedExport, current: readonly MetricSummary[]): readonly MetricSummary[] {
  const { points, instances, definitions } = saved;
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { timestamp, resolutionSeconds } of points) {
    from = Math.min(from, timestamp - resolutionSeconds);
    to = Math.max(to, timestamp);
  }
  if (points.length === 0) return [];
  const known = new Map([...definitionsOf(current), ...definitions].map((one) => [one.name, one]));
  const aggregation = new SummaryAggregation({ from, to }, [...known.values()]);
  const numbers = new Map<string, number>();
  for (const identity of instances) {
    const state = { identity, flushIntervalSeconds: 10, lastEnd: to, closedAt: undefined };
    numbers.set(identity.writerId, aggregation.instance(state));
  }
  for (const point of points) {
    const instance = numbers.get(point.instance);
    if (instance === undefined) throw new Error(`a point is of the unknown instance ${point.instance}`);
    aggregation.cover(instance, point.timestamp - point.resolutionSeconds, point.timestamp);
    feed(aggregation, instance, point, known.get(point.name));
  }
  return aggregation.finish();
}

function feed(
  aggregation: Aggregation,
  instance: number,
  point: ExportedPoint,
  known: NamedDefinition | undefined,
): void {
  const { name, kind, tags, timestamp, unit } = point;
  const definition: RecordedMetricDefinition = {
    kind,
    ...(unit === undefined ? {} : { unit }),
    ...(known?.kind === "gauge" && known.merge !== undefined ? { merge: known.merge } : {}),
  };
  const series = aggregation.series(name, tags, definition);
  if ("value" in point) {
    if (point.kind === "counter") aggregation.counter(series, instance, timestamp, point.value);
    else aggregation.gauge(series, instance, timestamp, point.value);
  } else {
    const { count, sum, min, max, last, buckets, estimated = false } = point;
    aggregation.sketch(series, instance, timestamp, { count, sum, min, max, last, estimated, ...buckets });
  }
}
