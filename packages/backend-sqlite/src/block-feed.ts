import type { Aggregation, WindowQuery } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import { type ChunkValues, decodeChunk } from "./chunk-codec.ts";
import { coverTicks } from "./covered-ticks.ts";
import { EarlierGauges } from "./earlier-gauges.ts";
import { replayGauge } from "./gauge-replay.ts";
import type { SampleWish } from "./grouped-sketches.ts";
import { BEFORE, type BlockReading, IN_WINDOW, type LoadedBlock, loadBlock } from "./loaded-block.ts";
import { type LookBackRows, NOTHING_RECORDED } from "./look-back-rows.ts";
import { packingsSoFar } from "./packing-count.ts";
import type { ReadSteps } from "./read-steps.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";
import type { StoreView } from "./store-reader.ts";
import { blocksIn, reporting, type StoredChunk } from "./stored-block.ts";

/**
 * Feeds what is sealed to an aggregation: rows of the window that have not been `taken` yet, and of what stands before it
 * the latest statement of each series and instance. A block that lies in the window as a whole costs its totals only.
 *
 * Each block is read in one step and unpacked in others. Blocks that are made meanwhile, of rows or of other blocks, are
 * looked at too, and rolled up ones again as long as rows are put in them, until nothing is new. Returns false when rows have
 * moved in such a way that the query is to be begun anew.
 */
export function* feedBlocks(
  view: StoreView,
  sink: AggregationSink,
  taken: SequenceRanges,
  before: LookBackRows,
  query: WindowQuery,
  reading: BlockReading,
  wanted: readonly number[],
): ReadSteps<boolean> {
  const seen = new Set<number>();
  const earlier = new EarlierGauges();
  let packings = -1;
  for (;;) {
    const packed = packingsSoFar(view.connection);
    if (packed === packings) break;
    packings = packed;
    for (const block of blocksIn(view.connection, query.from, query.to)) {
      if (seen.has(block.id) && block.resolution === 0) continue;
      seen.add(block.id);
      const loaded = loadBlock(view, sink, taken, query, reading, block, wanted);
      if (loaded === "split") return false;
      yield;
      if (loaded !== undefined) yield* feedLoaded(sink.aggregation, earlier, loaded, reading);
    }
  }
  earlier.feed(sink, before);
  return true;
}

function* feedLoaded(
  aggregation: Aggregation,
  earlier: EarlierGauges,
  block: LoadedBlock,
  { alike, detail }: BlockReading,
): ReadSteps<void> {
  const { rows, roles, instances, whole } = block;
  coverTicks(aggregation, rows.ticks, (i) => (roles[i] === IN_WINDOW ? instances[i]! : -1), alike);
  for (const { id, series, chunk, data } of block.chunks) {
    feedMarks(aggregation, block, series, chunk);
    if (data !== undefined) {
      const wish = wishOf(block, chunk.head, alike);
      const values = reporting(rows.id, () => decodeChunk(chunk.head, data, detail, wish));
      feedSamples(aggregation, block, series, chunk.head.positions, values);
      if (values.kind === "gauge" && block.anyBefore) earlier.gather(block, id, chunk.head.positions, values.values);
    } else if (whole) feedTotals(aggregation, block, series, chunk);
    yield;
  }
}

/** Which samples of a chunk lie in the window, and whether some of one writer need not be told apart. */
function wishOf(
  { rows, roles }: LoadedBlock,
  { positions }: StoredChunk["head"],
  alike: BlockReading["alike"],
): SampleWish {
  const { ends, writers } = rows.ticks;
  const oneWriter = writers[positions[0]!] === writers[positions[positions.length - 1]!];
  const of: SampleWish["of"] = (from, to) => {
    let inWindow = 0;
    for (let i = from; i < to; i++) if (roles[positions[i]!] === IN_WINDOW) inWindow++;
    if (inWindow < to - from) return inWindow === 0 ? "nothing" : "each";
    const [first, last] = [positions[from]!, positions[to - 1]!];
    return writers[first] === writers[last] && alike(ends[first]!, ends[last]!) ? "together" : "each";
  };
  return { oneWriter, of };
}

/** Says which instances have the series, when first and when last; of no consequence where samples follow. */
function feedMarks(aggregation: Aggregation, block: LoadedBlock, series: number, { head }: StoredChunk): void {
  const { rows, roles, instances, runs, whole, anyBefore } = block;
  const { kind, positions } = head;
  if (kind === "gauge" || !(whole || anyBefore)) return;
  const { ends, writers } = rows.ticks;
  const mark = (position: number): void => {
    const [instance, end] = [instances[position]!, ends[position]!];
    if (kind === "counter") aggregation.counter(series, instance, end, 0);
    else aggregation.sketch(series, instance, end, NOTHING_RECORDED);
  };
  if (whole && positions.length === roles.length) {
    for (const [begin, end] of runs) {
      mark(begin);
      if (end - begin > 1) mark(end - 1);
    }
    return;
  }
  // Positions go by writer and then by time, so the first and last of each writer stand at its ends.
  let lastBefore = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const writer = writers[position]!;
    const atEnd = i === positions.length - 1 || writers[positions[i + 1]!] !== writer;
    const atStart = i === 0 || writers[positions[i - 1]!] !== writer;
    if (roles[position] === BEFORE) lastBefore = position;
    if (whole && (atStart || atEnd)) mark(position);
    if (atEnd && lastBefore >= 0) {
      mark(lastBefore);
      lastBefore = -1;
    }
  }
}

function feedTotals(aggregation: Aggregation, block: LoadedBlock, series: number, chunk: StoredChunk): void {
  const { ends } = block.rows.ticks;
  const { positions, kind, merged } = chunk.head;
  let latest = positions[0]!;
  if (positions.length === ends.length) latest = block.latest;
  else for (const position of positions) if (ends[position]! >= ends[latest]!) latest = position;
  const [instance, end] = [block.instances[latest]!, ends[latest]!];
  if (kind === "counter") aggregation.counter(series, instance, end, chunk.sum, chunk.count);
  else if (merged !== undefined) aggregation.sketch(series, instance, end, reporting(block.rows.id, merged));
}

function feedSamples(
  aggregation: Aggregation,
  { rows, roles, instances }: LoadedBlock,
  series: number,
  positions: readonly number[],
  values: ChunkValues,
): void {
  const { ends } = rows.ticks;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (roles[position] !== IN_WINDOW) continue;
    const instance = instances[position]!;
    const end = ends[position]!;
    if (values.kind === "counter") aggregation.counter(series, instance, end, values.deltas[i]!, values.increases?.[i]);
    else if (values.kind === "sketch") aggregation.sketch(series, instance, end, values.sketches[i]!);
    else if (values.spans === undefined) aggregation.gauge(series, instance, end, values.values[i]!);
    else {
      replayGauge(values.spans, i, end, values.values[i]!, (time, value) =>
        aggregation.gauge(series, instance, time, value),
      );
    }
  }
}
