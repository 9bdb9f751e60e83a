import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  LAYOUT_ID,
  type MetricSnapshot,
  type SeriesDescriptor,
  type SketchData,
  type SnapshotPoint,
} from "@giflab/metrics-core";

/** What a recorded trace says of itself. */
export interface TraceOrigin {
  /** ISO 8601. */
  readonly recordedAt: string;
  readonly machine: string;
  readonly node: string;
  /** Seconds between two flushes of the recording. */
  readonly flushIntervalSeconds: number;
  /** What ran meanwhile. */
  readonly note: string;
}

/** Snapshots of one real process, in order. */
export interface Trace {
  readonly origin: TraceOrigin;
  readonly series: readonly SeriesDescriptor[];
  /** The points of each flush. */
  readonly flushes: readonly (readonly SnapshotPoint[])[];
}

/** A point as it is written: its series, then the value, or the sketch with its buckets as steps. */
type Written = readonly [series: number, value: number | readonly number[]];

const LEVEL = 19;

/** Writes a trace as lines of JSON under zstd. */
export function writeTrace(path: string, origin: TraceOrigin, snapshots: readonly MetricSnapshot[]): void {
  const numbers = new Map<SeriesDescriptor, number>();
  const lines: string[] = [];
  for (const { points } of snapshots) {
    const written = points.map((point): Written => {
      const number = numbers.get(point.series) ?? numbers.size;
      numbers.set(point.series, number);
      if (point.kind === "counter") return [number, point.delta];
      return [number, point.kind === "gauge" ? point.value : writtenSketch(point.sketch)];
    });
    lines.push(JSON.stringify(written));
  }
  const header = JSON.stringify({ origin, series: [...numbers.keys()] });
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_windowLog]: 24 };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, zstdCompressSync([header, ...lines].join("\n"), { params }));
}

/** Reads what `writeTrace` has written. */
export function readTrace(path: string): Trace {
  const [header, ...lines] = zstdDecompressSync(readFileSync(path)).toString("utf8").split("\n");
  const { origin, series } = JSON.parse(header!) as Pick<Trace, "origin" | "series">;
  const flushes = lines.map((line) =>
    (JSON.parse(line) as readonly Written[]).map(([number, value]) => readPoint(series[number]!, value)),
  );
  return { origin, series, flushes };
}

function readPoint(series: SeriesDescriptor, value: Written[1]): SnapshotPoint {
  const { kind } = series.definition;
  if (kind === "counter") return { kind, series, delta: value as number };
  if (kind === "gauge") return { kind, series, value: value as number };
  return { kind, series, sketch: readSketch(value as readonly number[]) };
}

function writtenSketch({ layout, count, sum, min, max, last, indexes, counts }: SketchData): readonly number[] {
  if (layout !== LAYOUT_ID) throw new Error(`a trace has buckets of layout ${LAYOUT_ID}, got ${layout}`);
  const buckets: number[] = [];
  for (let i = 0; i < indexes.length; i++) buckets.push(indexes[i]! - (indexes[i - 1] ?? 0), counts[i]!);
  return [count, sum, min, max, last, ...buckets];
}

function readSketch([count, sum, min, max, last, ...buckets]: readonly number[]): SketchData {
  const [indexes, counts]: [number[], number[]] = [[], []];
  for (let i = 0; i < buckets.length; i += 2) {
    indexes.push((indexes.at(-1) ?? 0) + buckets[i]!);
    counts.push(buckets[i + 1]!);
  }
  return { layout: LAYOUT_ID, count: count!, sum: sum!, min: min!, max: max!, last: last!, indexes, counts };
}
