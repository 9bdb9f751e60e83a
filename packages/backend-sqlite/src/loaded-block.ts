import { GAUGE_LOOKBACK_SECONDS, type WindowQuery } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";
import type { SketchDetail } from "./sketch-column.ts";
import type { StoreView } from "./store-reader.ts";
import {
  type BlockEntry,
  type BlockRows,
  readBlockRows,
  readChunk,
  readChunkData,
  type StoredChunk,
} from "./stored-block.ts";

/** How a query reads what is sealed. */
export interface BlockReading {
  /** Whether two moments of the window need not be told apart, so that a sum over both is as good as each. */
  readonly alike: (earlier: number, later: number) => boolean;
  /** Whether instances need not be told apart. */
  readonly mergeInstances: boolean;
  readonly detail: SketchDetail;
}

/** What a row of a block is to the query. */
export const SKIPPED = 0;
export const IN_WINDOW = 1;
/** Look-back. */
export const BEFORE = 2;

/** A block read from the file: what is left to do needs no transaction. */
export interface LoadedBlock {
  readonly rows: BlockRows;
  /** Per position: SKIPPED, IN_WINDOW or BEFORE. */
  readonly roles: Uint8Array;
  /** Per position: the aggregation's number. */
  readonly instances: Int32Array;
  readonly whole: boolean;
  readonly chunks: readonly {
    readonly id: number;
    readonly series: number;
    readonly chunk: StoredChunk;
    readonly data?: Buffer;
  }[];
}

/** Reads what a query needs of a block; `undefined` when that is nothing, or the block is gone. To be called in a transaction. */
export function loadBlock(
  view: StoreView,
  sink: AggregationSink,
  taken: SequenceRanges,
  { from, to }: WindowQuery,
  { alike, mergeInstances }: BlockReading,
  block: BlockEntry,
  wanted: readonly number[],
): LoadedBlock | undefined {
  const { connection } = view;
  const rows = readBlockRows(connection, block.id);
  if (rows === undefined) return undefined;
  const { writers, firstSeqs, seqs, ends } = rows.ticks;
  const roles = new Uint8Array(ends.length);
  const instances = new Int32Array(ends.length);
  const lookBack = from - GAUGE_LOOKBACK_SECONDS;
  let [inWindow, used] = [0, 0];
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    instances[i] = sink.instance(writers[i]!);
    if (instances[i]! < 0 || end > to || end <= lookBack - block.resolution || rows.alive?.[i] === false) continue;
    // A rolled up row that ends before the look-back still tells of it, if its instance went on.
    if (end <= lookBack && sink.lastEnd(writers[i]!) <= lookBack) continue;
    if (end > from && !taken.take(writers[i]!, firstSeqs[i]!, seqs[i]!)) continue;
    roles[i] = end > from ? IN_WINDOW : BEFORE;
    if (end > from) inWindow++;
    used++;
  }
  if (used === 0) return undefined;
  const oneInstance = mergeInstances || instances.every((instance) => instance === instances[0]);
  const whole = inWindow === ends.length && oneInstance && alike(block.first, block.last);
  const chunks = wanted.flatMap((id) => {
    const chunk = readChunk(connection, rows, id);
    if (chunk === undefined) return [];
    const series = sink.series(id);
    if (!needsSamples(chunk, whole, roles)) return [{ id, series, chunk }];
    if (chunk.head.kind === "gauge") sink.stated(id);
    return [{ id, series, chunk, data: readChunkData(connection, block.id, id) }];
  });
  return { rows, roles, instances, whole, chunks };
}

function needsSamples({ head }: StoredChunk, whole: boolean, roles: Uint8Array): boolean {
  if (head.kind === "gauge") return head.positions.some((position) => roles[position] !== SKIPPED);
  if (whole && (head.kind === "counter" || head.merged !== undefined)) return false;
  return head.positions.some((position) => roles[position] === IN_WINDOW);
}
