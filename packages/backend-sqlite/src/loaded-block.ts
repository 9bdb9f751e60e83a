import { GAUGE_LOOKBACK_SECONDS, type WindowQuery } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";
import type { SketchDetail } from "./sketch-column.ts";
import type { StoreView } from "./store-reader.ts";
import { type BlockEntry, type BlockRows, readChunk, readChunkData, type StoredChunk } from "./stored-block.ts";

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

/** The rows of a block and what each is to the query. */
export interface RowRoles {
  readonly rows: BlockRows;
  /** Per position: SKIPPED, IN_WINDOW or BEFORE. */
  readonly roles: Uint8Array;
  /** Per position: the aggregation's number. */
  readonly instances: Int32Array;
  /** From and up to which position the rows are of one writer. */
  readonly runs: readonly (readonly [number, number])[];
  /** Position of the row that ended last. */
  readonly latest: number;
  /** Whether the block lies in the window as a whole and its totals are all that is needed. */
  readonly whole: boolean;
  readonly anyBefore: boolean;
}

/** A block read from the file: what is left to do needs no transaction. */
export interface LoadedBlock extends RowRoles {
  readonly chunks: readonly {
    readonly id: number;
    readonly series: number;
    readonly chunk: StoredChunk;
    readonly data?: Buffer;
  }[];
}

/**
 * Reads what a query needs of a block; `undefined` when that is nothing, or the block is gone. "split" when a rolled up row
 * stands for some that have been taken and others that have not: they have moved since, and cannot be told apart any more.
 */
export function loadBlock(
  view: StoreView,
  sink: AggregationSink,
  taken: SequenceRanges,
  query: WindowQuery,
  reading: BlockReading,
  block: BlockEntry,
  wanted: readonly number[],
): LoadedBlock | "split" | undefined {
  const { connection } = view;
  const rows = view.blockRows.read(connection, block.id);
  const found = rows === undefined ? undefined : rolesOf(rows, sink, taken, query, reading, block);
  if (found === undefined || found === "split") return found;
  const chunks: LoadedBlock["chunks"][number][] = [];
  for (const id of wanted) {
    const chunk = readChunk(connection, found.rows, id);
    if (chunk === undefined) continue;
    const series = sink.series(id);
    if (!needsSamples(chunk, found.whole, found.roles)) chunks.push({ id, series, chunk });
    else {
      if (chunk.head.kind === "gauge") sink.stated(id);
      chunks.push({ id, series, chunk, data: readChunkData(connection, block.id, id) });
    }
  }
  return { ...found, chunks };
}

/** Takes the rows of a block that lie in the window, as long runs of one instance. */
function rolesOf(
  rows: BlockRows,
  sink: AggregationSink,
  taken: SequenceRanges,
  { from, to }: WindowQuery,
  { alike, mergeInstances }: BlockReading,
  { first, last, resolution }: BlockEntry,
): RowRoles | "split" | undefined {
  const { writers, firstSeqs, seqs, ends } = rows.ticks;
  const roles = new Uint8Array(ends.length);
  const instances = new Int32Array(ends.length);
  const lookBack = from - GAUGE_LOOKBACK_SECONDS;
  let [inWindow, anyBefore, oneInstance] = [0, false, true];
  let [writer, instance, lastEnd] = [-1, -1, 0];
  const runs: [number, number][] = [];
  let latest = 0;
  let run = -1;
  let split = false;
  const take = (begin: number, end: number): void => {
    const taking = taken.take(writers[begin]!, firstSeqs[begin]!, seqs[end - 1]!);
    if (taking === "new") {
      roles.fill(IN_WINDOW, begin, end);
      inWindow += end - begin;
    } else if (taking === "split" && end - begin > 1) for (let i = begin; i < end; i++) take(i, i + 1);
    else if (taking === "split") split = true;
  };
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    const same = writers[i] === writer;
    if (end >= ends[latest]!) latest = i;
    if (same) runs[runs.length - 1]![1] = i + 1;
    else {
      runs.push([i, i + 1]);
      writer = writers[i]!;
      instance = sink.instance(writer);
      lastEnd = sink.lastEnd(writer);
      if (i > 0 && instance !== instances[0]) oneInstance = false;
    }
    instances[i] = instance;
    const wanted = instance >= 0 && end <= to && rows.alive?.[i] !== false;
    const taking = wanted && end > from;
    if (run >= 0 && !(taking && same && firstSeqs[i] === seqs[i - 1]! + 1)) {
      take(run, i);
      run = -1;
    }
    if (taking && run < 0) run = i;
    if (taking || !wanted || end <= lookBack - resolution) continue;
    // A rolled up row that ends before the look-back still tells of it, if its instance went on.
    if (end <= lookBack && lastEnd <= lookBack) continue;
    roles[i] = BEFORE;
    anyBefore = true;
  }
  if (run >= 0) take(run, ends.length);
  if (split) return "split";
  if (inWindow === 0 && !anyBefore) return undefined;
  const whole = inWindow === ends.length && (mergeInstances || oneInstance) && alike(first, last);
  return { rows, roles, instances, runs, latest, whole, anyBefore };
}

function needsSamples({ head }: StoredChunk, whole: boolean, roles: Uint8Array): boolean {
  if (head.kind === "gauge") return head.positions.some((position) => roles[position] !== SKIPPED);
  if (whole && (head.kind === "counter" || head.merged !== undefined)) return false;
  return head.positions.some((position) => roles[position] === IN_WINDOW);
}
