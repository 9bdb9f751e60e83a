import type { Aggregation, WindowQuery } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import { type ChunkValues, decodeChunk } from "./chunk-codec.ts";
import { coverTicks } from "./covered-ticks.ts";
import { EarlierGauges } from "./earlier-gauges.ts";
import { replayGauge } from "./gauge-replay.ts";
import { BEFORE, type BlockReading, IN_WINDOW, type LoadedBlock, loadBlock } from "./loaded-block.ts";
import { type LookBackRows, NOTHING_RECORDED } from "./look-back-rows.ts";
import { rollupsSoFar } from "./rollup-count.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";
import type { StoreReader } from "./store-reader.ts";
import { blocksIn, reporting, type StoredChunk } from "./stored-block.ts";
import { type WantedSeries, wantedSeries } from "./wanted-series.ts";

const TURN_MS = 8;
/**
 * Feeds what is sealed to an aggregation: rows of the window that have not been `taken` yet, and of what stands before it
 * the latest statement of each series and instance. A block that lies in the window as a whole costs its totals only.
 *
 * Each block is read in one transaction and unpacked outside. Blocks that are made meanwhile, of rows or of other blocks,
 * are looked at too, and rolled up ones again as long as rows are put in them, until nothing is new.
 */
export async function feedBlocks(
  reader: StoreReader,
  sink: AggregationSink,
  taken: SequenceRanges,
  before: LookBackRows,
  query: WindowQuery,
  reading: BlockReading,
): Promise<void> {
  const { from, to } = query;
  const seen = new Set<number>();
  const earlier = new EarlierGauges();
  let rollups = -1;
  let wanted: WantedSeries | undefined;
  let until = performance.now() + TURN_MS;
  for (;;) {
    const listed = await reader.read(({ connection }) => ({
      blocks: blocksIn(connection, from, to),
      rollups: rollupsSoFar(connection),
    }));
    const moved = listed.rollups !== rollups;
    rollups = listed.rollups;
    const blocks = listed.blocks.filter(({ id, resolution }) => !seen.has(id) || (moved && resolution > 0));
    if (blocks.length === 0) {
      earlier.feed(sink, before);
      return;
    }
    for (const block of blocks) {
      seen.add(block.id);
      let loaded: LoadedBlock | undefined;
      do {
        wanted ??= await wantedSeries(reader, sink);
        const { table, ids } = wanted;
        wanted = await reader.read((view) => {
          sink.begin(view);
          if (view.series !== table) return undefined;
          loaded = loadBlock(view, sink, taken, query, reading, block, ids);
          return { table, ids };
        });
      } while (wanted === undefined);
      if (loaded === undefined) continue;
      const feed = feedLoaded(sink.aggregation, earlier, loaded, reading);
      while (feed.next().done !== true) {
        if (performance.now() < until) continue;
        await new Promise<void>((resolve) => setImmediate(resolve));
        until = performance.now() + TURN_MS;
      }
    }
  }
}

function* feedLoaded(
  aggregation: Aggregation,
  earlier: EarlierGauges,
  block: LoadedBlock,
  { alike, detail }: BlockReading,
): Generator<void> {
  const { rows, roles, instances, whole } = block;
  coverTicks(aggregation, rows.ticks, (i) => (roles[i] === IN_WINDOW ? instances[i]! : -1), alike);
  for (const { id, series, chunk, data } of block.chunks) {
    feedMarks(aggregation, block, series, chunk);
    if (data !== undefined) {
      const values = reporting(rows.id, () => decodeChunk(chunk.head, data, detail));
      feedSamples(aggregation, block, series, chunk.head.positions, values);
      if (values.kind === "gauge") earlier.gather(block, id, chunk.head.positions, values.values);
    } else if (whole) feedTotals(aggregation, block, series, chunk);
    yield;
  }
}

/** Says which instances have the series, when first and when last; of no consequence where samples follow. */
function feedMarks(aggregation: Aggregation, block: LoadedBlock, series: number, { head }: StoredChunk): void {
  if (head.kind === "gauge") return;
  const { rows, roles, instances, whole } = block;
  const mark = (position: number): void => {
    const [instance, end] = [instances[position]!, rows.ticks.ends[position]!];
    if (head.kind === "counter") aggregation.counter(series, instance, end, 0);
    else aggregation.sketch(series, instance, end, NOTHING_RECORDED);
  };
  const { positions } = head;
  // Positions go by writer and then by time, so the first and last of each writer stand at its ends.
  let lastBefore = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const next = positions[i + 1];
    const atEnd = next === undefined || rows.ticks.writers[next] !== rows.ticks.writers[position];
    const atStart = i === 0 || rows.ticks.writers[positions[i - 1]!] !== rows.ticks.writers[position];
    if (roles[position] === BEFORE) lastBefore = position;
    if (whole && (atStart || atEnd)) mark(position);
    if (atEnd && lastBefore >= 0) {
      mark(lastBefore);
      lastBefore = -1;
    }
  }
}

function feedTotals(aggregation: Aggregation, block: LoadedBlock, series: number, chunk: StoredChunk): void {
  const { ticks } = block.rows;
  const { positions, kind, merged } = chunk.head;
  let latest = positions[0]!;
  for (const position of positions) if (ticks.ends[position]! >= ticks.ends[latest]!) latest = position;
  const [instance, end] = [block.instances[latest]!, ticks.ends[latest]!];
  if (kind === "counter") aggregation.counter(series, instance, end, chunk.sum, chunk.count);
  else if (merged !== undefined) aggregation.sketch(series, instance, end, merged);
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
    const role = roles[position]!;
    if (role !== IN_WINDOW) continue;
    const [instance, end] = [instances[position]!, ends[position]!];
    if (values.kind === "gauge") {
      if (values.spans === undefined) aggregation.gauge(series, instance, end, values.values[i]!);
      else
        replayGauge(values.spans, i, end, values.values[i]!, (time, value) =>
          aggregation.gauge(series, instance, time, value),
        );
    } else if (values.kind === "counter") {
      aggregation.counter(series, instance, end, values.deltas[i]!, values.increases?.[i]);
    } else aggregation.sketch(series, instance, end, values.sketches[i]!);
  }
}
