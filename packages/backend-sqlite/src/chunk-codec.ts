import { MetricsError, type SketchData } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { SampleWish } from "./grouped-sketches.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { isMergeable, mergeSketches } from "./merge-sketches.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { readPositions, writePositions } from "./presence.ts";
import { groupSamples } from "./sample-groups.ts";
import { readSketches, type SketchDetail, writeSketches } from "./sketch-column.ts";
import { readSpans, writeSpans } from "./span-columns.ts";
import type { TickList } from "./tick-list.ts";

const FORMAT = 2;
const COUNTER = 0;
const GAUGE = 1;
const SKETCH = 2;
const KINDS = 4;
const ROLLED = 4;
/** The head ends with a merged sketch. */
const MERGED = 8;

/** What a gauge did while a rolled up row held it: from its first statement to the end of the row. */
export interface GaugeSpans {
  /** Seconds before the end of the row at which it was first stated; 0 if only at the very end. */
  readonly held: readonly number[];
  /** Weighted by time. */
  readonly means: readonly number[];
  readonly mins: readonly number[];
  readonly maxs: readonly number[];
}

/** The samples of a series, in the order of their positions. */
export type ChunkValues =
  /** `increases`, in rolled up rows only: how many of the flushes had an increase. */
  | { readonly kind: "counter"; readonly deltas: readonly number[]; readonly increases?: readonly number[] | undefined }
  /** `spans`, in rolled up rows only; `values` are the last ones then. */
  | { readonly kind: "gauge"; readonly values: readonly number[]; readonly spans?: GaugeSpans | undefined }
  | { readonly kind: "sketch"; readonly sketches: readonly SketchData[] };

/** A row of table `chunk`, but for its key. */
export interface EncodedChunk {
  readonly count: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** What a query over the whole block needs: positions and, of timers and histograms, the merged sketch. */
  readonly sketch: Buffer;
  readonly data: Buffer;
}

/** What stands before the samples of a chunk. */
export interface ChunkHead {
  readonly kind: ChunkValues["kind"];
  readonly rolled: boolean;
  /** Positions of the samples in the block's tick list, rising. */
  readonly positions: readonly number[];
  /** Reads all sketches of the chunk as one, the last value being that of the latest row. Throws `STORE_CORRUPT`. */
  readonly merged: (() => SketchData) | undefined;
}

const head = new ByteWriter();
const data = new ByteWriter();

/** Packs the samples of one series in one block. Exact: `decodeChunk` gives back every bit. */
export function encodeChunk(ticks: TickList, positions: readonly number[], values: ChunkValues): EncodedChunk {
  const totals = totalsOf(ticks, positions, values);
  head.reset();
  data.reset();
  const kind = values.kind === "counter" ? COUNTER : values.kind === "gauge" ? GAUGE : SKETCH;
  const rolled = isRolled(values) ? ROLLED : 0;
  head.byte(kind | rolled | (totals.merged === undefined ? 0 : MERGED));
  writePositions(head, positions);
  if (totals.merged !== undefined) writeSketches(head, [totals.merged]);
  data.byte(FORMAT);
  writeValues(data, values, totals.merged, () => groupSamples(ticks, positions));
  const { count, sum, min, max } = totals;
  return { count, sum, min, max, sketch: head.take(), data: data.take() };
}

/** Reads the head of a chunk. Throws `STORE_CORRUPT` for bytes that make no sense. */
export function decodeHead(bytes: Uint8Array, ticks: number): ChunkHead {
  return reporting(() => {
    const reader = new ByteReader(bytes);
    const what = reader.byte();
    const kind = (["counter", "gauge", "sketch"] as const)[what % KINDS];
    if (kind === undefined) throw new RangeError(`unknown kind of chunk ${what}`);
    const positions = readPositions(reader, ticks);
    // Unpacked when it is asked for: that takes longer than all the rest, and queries of a part of the block do not need it.
    const rest = reader.bytes(reader.remaining);
    const merged = (): SketchData => reporting(() => readSketches(new ByteReader(rest), 1, "buckets")[0]!);
    return { kind, rolled: (what & ROLLED) !== 0, positions, merged: (what & MERGED) === 0 ? undefined : merged };
  });
}

/**
 * Reads the samples of a chunk. Throws `STORE_CORRUPT` for bytes that make no sense.
 * @param wish which of the sketches are wanted with their buckets: the effort goes by it.
 */
export function decodeChunk(head: ChunkHead, bytes: Uint8Array, detail: SketchDetail, wish?: SampleWish): ChunkValues {
  return reporting(() => {
    const reader = new ByteReader(bytes);
    const format = reader.byte();
    if (format !== FORMAT) throw new RangeError(`unknown format ${format}`);
    return readValues(reader, head, detail, wish);
  });
}

function writeValues(
  writer: ByteWriter,
  values: ChunkValues,
  merged: SketchData | undefined,
  groups: () => readonly number[],
): void {
  if (values.kind === "sketch") writeSketches(writer, values.sketches, merged, groups());
  else if (values.kind === "counter") {
    writeNumbers(writer, values.deltas);
    if (values.increases !== undefined) writeIntegers(writer, values.increases);
  } else {
    writeNumbers(writer, values.values);
    if (values.spans !== undefined) writeSpans(writer, values.values, values.spans);
  }
}

function readValues(reader: ByteReader, head: ChunkHead, detail: SketchDetail, wish?: SampleWish): ChunkValues {
  const { kind, rolled, positions, merged } = head;
  const count = positions.length;
  if (kind === "sketch") return { kind, sketches: readSketches(reader, count, detail, merged, wish) };
  const numbers = readNumbers(reader, count);
  if (kind === "counter") {
    return { kind, deltas: numbers, increases: rolled ? readIntegers(reader, count) : undefined };
  }
  return { kind, values: numbers, spans: rolled ? readSpans(reader, numbers) : undefined };
}

function isRolled(values: ChunkValues): boolean {
  if (values.kind === "sketch") return false;
  return values.kind === "counter" ? values.increases !== undefined : values.spans !== undefined;
}

/** What the samples of a chunk come to. */
export interface ChunkTotals {
  readonly count: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly merged?: SketchData | undefined;
}

/** What the samples of a chunk come to: the numbers in its row, and the merged sketch in its head. */
export function totalsOf(ticks: TickList, positions: readonly number[], values: ChunkValues): ChunkTotals {
  if (values.kind === "counter") {
    const { deltas, increases } = values;
    const sum = deltas.reduce((total, delta) => total + delta, 0);
    const count = (increases ?? deltas.map((delta) => (delta > 0 ? 1 : 0))).reduce((total, one) => total + one, 0);
    return { count, sum, min: null, max: null };
  }
  if (values.kind === "gauge") {
    const min = (values.spans?.mins ?? values.values).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const max = (values.spans?.maxs ?? values.values).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return { count: values.values.length, sum: null, min, max };
  }
  return mergedTotals(ticks, positions, values.sketches);
}

function mergedTotals(ticks: TickList, positions: readonly number[], sketches: readonly SketchData[]): ChunkTotals {
  const count = sketches.reduce((total, sketch) => total + sketch.count, 0);
  // What cannot be merged is kept sample by sample all the same.
  if (count === 0 || !sketches.every(isMergeable)) return { count, sum: null, min: null, max: null };
  const merged = mergeSketches(inTime(ticks, positions).map((place) => sketches[place]!));
  return { count, sum: merged.sum, min: merged.min, max: merged.max, merged };
}

/** Places in `positions`, in order of time. */
function inTime({ ends }: TickList, positions: readonly number[]): number[] {
  const places = Array.from(positions.keys());
  const ordered = places.every((place) => place === 0 || ends[positions[place]!]! >= ends[positions[place - 1]!]!);
  return ordered ? places : places.sort((a, b) => ends[positions[a]!]! - ends[positions[b]!]!);
}

function reporting<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MetricsError("STORE_CORRUPT", `a chunk cannot be read: ${cause.message}`, { cause });
  }
}
