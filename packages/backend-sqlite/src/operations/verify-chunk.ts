import type { SketchData } from "@giflab/metrics-core";
import { type ChunkTotals, type ChunkValues, decodeChunk, decodeHead, totalsOf } from "../chunk-codec.ts";
import type { BlockRows } from "../stored-block.ts";

/** Sums of floating-point numbers may differ in the last digits where another version has added them in another order. */
const ROUNDING = 1e-9;

/** A row of table `chunk`. */
export interface ChunkRow {
  readonly id: number;
  readonly series: number;
  /** `undefined` for a series that is not there. */
  readonly seriesKind: string | undefined;
  readonly count: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly sketch: Uint8Array;
  readonly data: Uint8Array;
}

/** What unpacking a chunk has shown. */
export interface ChunkCheck {
  /** Samples whose rows are there. */
  readonly samples: number;
  readonly problems: readonly string[];
}

/** Unpacks a chunk and compares it with its stored totals. Throws what decoding throws. */
export function verifyChunk({ ticks, alive }: BlockRows, chunk: ChunkRow): ChunkCheck {
  const head = decodeHead(chunk.sketch, ticks.seqs.length);
  const samples = head.positions.filter((position) => alive?.[position] !== false).length;
  const problems: string[] = [];
  const { seriesKind } = chunk;
  const expected = seriesKind === "timer" || seriesKind === "histogram" ? "sketch" : seriesKind;
  if (seriesKind === undefined && samples > 0) problems.push("is of a series that is not there: queries leave it out");
  if (seriesKind !== undefined && expected !== head.kind) problems.push(`holds a ${head.kind}, and is a ${seriesKind}`);
  const values = decodeChunk(head, chunk.data, "buckets");
  const nonsense = numbersOf(values).find((value) => !Number.isFinite(value));
  if (nonsense !== undefined) problems.push(`holds the value ${nonsense}`);
  const totals = totalsOf(ticks, head.positions, values);
  for (const [what, says, is] of differences(chunk, head.merged?.(), totals)) {
    problems.push(`says ${what} ${says}, its samples come to ${is}`);
  }
  return { samples, problems };
}

function* differences(
  chunk: ChunkRow,
  merged: SketchData | undefined,
  totals: ChunkTotals,
): Generator<readonly [what: string, says: unknown, is: unknown]> {
  if (chunk.count !== totals.count) yield ["count", chunk.count, totals.count];
  if (!near(chunk.sum, totals.sum)) yield ["sum", chunk.sum, totals.sum];
  if (chunk.min !== totals.min) yield ["minimum", chunk.min, totals.min];
  if (chunk.max !== totals.max) yield ["maximum", chunk.max, totals.max];
  const whole = totals.merged;
  if ((merged === undefined) !== (whole === undefined)) yield ["merged sketch", merged?.count, whole?.count];
  if (merged === undefined || whole === undefined) return;
  if (merged.count !== whole.count) yield ["merged count", merged.count, whole.count];
  if (!near(merged.sum, whole.sum)) yield ["merged sum", merged.sum, whole.sum];
  for (const key of ["min", "max", "last"] as const) {
    if (merged[key] !== whole[key]) yield [`merged ${key}`, merged[key], whole[key]];
  }
  if (bucketsOf(merged) !== bucketsOf(whole)) yield ["merged buckets", merged.indexes.length, whole.indexes.length];
}

function near(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE);
}

function bucketsOf({ layout, indexes, counts }: SketchData): string {
  return `${layout} ${Array.from(indexes, (bucket, i) => `${bucket}:${counts[i]}`).join(" ")}`;
}

function numbersOf(values: ChunkValues): readonly number[] {
  if (values.kind === "counter") return [...values.deltas, ...(values.increases ?? [])];
  if (values.kind === "sketch")
    return values.sketches.flatMap(({ count, sum, min, max }) => (count === 0 ? [0] : [count, sum, min, max]));
  const { held = [], means = [], mins = [], maxs = [] } = values.spans ?? {};
  return [...values.values, ...held, ...means, ...mins, ...maxs];
}
