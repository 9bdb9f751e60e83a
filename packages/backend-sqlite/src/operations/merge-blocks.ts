import { storeBlock } from "../block-storage.ts";
import { decodeChunk, decodeHead, type EncodedChunk, encodeChunk } from "../chunk-codec.ts";
import { countPacking } from "../packing-count.ts";
import { chunkId } from "../schema.ts";
import type { StoredSeries } from "../series-table.ts";
import type { Stepwise } from "../stepwise.ts";
import { type BlockRows, readBlockRows, seriesOf } from "../stored-block.ts";
import type { TickList } from "../tick-list.ts";
import type { CandidateRow, MergeJob } from "./merge-job.ts";
import type { SourceWriter } from "./merge-source.ts";
import { pickSamples } from "./pick-samples.ts";
import { type ChunkRow, verifyChunk } from "./verify-chunk.ts";

const BLOCKS = "SELECT id, resolution FROM block ORDER BY first_time, id";
const CHUNK = "SELECT count, sum, min, max, sketch, data FROM chunk WHERE id = ?";
const ADD_ROW = `INSERT INTO metrics (timestamp, start, resolution, writer, first_seq, seq, points, block)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

/** Rows of a source's block that are to be taken. */
interface LoadedBlock {
  readonly block: BlockRows;
  readonly resolution: number;
  /** By position in the block; `undefined` for what is not taken. */
  readonly rows: readonly (CandidateRow | undefined)[];
  readonly chunks: readonly ChunkRow[];
  readonly series: ReadonlyMap<number, StoredSeries>;
  readonly looked: number;
}

/**
 * Brings the sealed rows of the source over, block by block, each as a block of its own: chunks as they are where the whole
 * block is taken, otherwise packed anew with the samples that are. The maintenance lease must be the target's.
 */
export function* mergeBlocks(job: MergeJob): Stepwise<void> {
  const blocks = yield* job.source.read(
    () => job.source.connection.statement(BLOCKS).all() as { id: number; resolution: number }[],
  );
  for (const { id, resolution } of blocks) {
    const looked = yield* job.retrying(function* (): Stepwise<number> {
      const loaded = yield* job.source.read(() => load(job, id, resolution));
      if (loaded === undefined) return 0;
      yield "more";
      yield* store(job, id, loaded);
      return loaded.looked;
    });
    job.seen += looked;
    yield "more";
  }
}

/** `undefined` for a block that is gone or damaged. */
function load(job: MergeJob, id: number, resolution: number): LoadedBlock | undefined {
  const { source } = job;
  const { connection } = source;
  return job.damage.guard(source.path, `block ${id} of ${source.path}`, "it was left out", () => {
    const block = readBlockRows(connection, id);
    if (block === undefined) return undefined;
    const { writers, firstSeqs, seqs, starts, ends } = block.ticks;
    let looked = 0;
    const rows = seqs.map((seq, i): CandidateRow | undefined => {
      if (block.alive?.[i] === false) return undefined;
      looked++;
      const writer = source.writer(writers[i]!);
      if (writer === undefined) return undefined;
      const row = { writer, first: firstSeqs[i]!, seq, start: starts[i]!, end: ends[i]! };
      return job.wants(row) ? row : undefined;
    });
    const chunks: ChunkRow[] = [];
    const series = new Map<number, StoredSeries>();
    if (rows.some((row) => row !== undefined)) {
      for (const one of seriesOf(connection, id)) {
        const key = chunkId(id, one);
        const known = source.series(one);
        const row = connection.statement(CHUNK).get(key) as Omit<ChunkRow, "id" | "series" | "seriesKind">;
        chunks.push({ ...row, id: key, series: one, seriesKind: known?.definition.kind });
        if (known !== undefined) series.set(one, known);
      }
    }
    return { block, resolution, rows, chunks, series, looked };
  });
}

function* store(job: MergeJob, id: number, loaded: LoadedBlock): Stepwise<void> {
  const { target } = job;
  const taken = loaded.rows.flatMap((row) => (row === undefined ? [] : [row]));
  if (taken.length === 0) return;
  const writers = [...new Map(taken.map(({ writer }) => [writer.writerId, writer])).values()];
  yield* target.addWriters(writers.sort((a, b) => a.id - b.id));
  const ids = yield* job.series.idsOf(loaded.series, Math.max(...taken.map(({ end }) => end)));
  const order = blockOrder(job, loaded);
  const ticks = ticksOf(job, loaded, order);
  const points = new Array<number>(order.length).fill(0);
  const chunks: [number, EncodedChunk][] = [];
  for (const chunk of loaded.chunks) {
    const encoded = pack(job, id, loaded, chunk, order, ticks, points);
    const series = ids.get(chunk.series);
    if (encoded !== undefined && series !== undefined) chunks.push([series, encoded]);
    yield "more";
  }
  chunks.sort(([a], [b]) => a - b);
  const { connection } = target;
  const rows = order.map((position) => loaded.rows[position]!);
  let done = (): void => {};
  const block = { resolution: loaded.resolution, ticks, chunks };
  yield* storeBlock(connection, target.lease, job.clock.now(), block, (stored) => {
    target.check(writers.map(({ writerId }) => writerId));
    for (const [i, row] of rows.entries()) {
      job.replace(row);
      const { end, start, writer, first, seq } = row;
      const values = [end, start, loaded.resolution, target.idOf(writer.writerId), first, seq, points[i], stored];
      connection.statement(ADD_ROW).run(...values);
    }
    countPacking(connection);
    done = target.advance(rows).done;
  });
  done();
  job.rows += rows.length;
  job.points += points.reduce((total, one) => total + one, 0);
}

/** Positions that are taken, in the order of a block: by the target's id of the writer, then by time. */
function blockOrder({ target }: MergeJob, { block, rows }: LoadedBlock): number[] {
  const { ends, firstSeqs } = block.ticks;
  const idOf = (writer: SourceWriter): number => target.idOf(writer.writerId)!;
  const positions = [...rows.keys()].filter((position) => rows[position] !== undefined);
  return positions.sort(
    (a, b) =>
      idOf(rows[a]!.writer) - idOf(rows[b]!.writer) || ends[a]! - ends[b]! || firstSeqs[a]! - firstSeqs[b]! || a - b,
  );
}

function ticksOf({ target }: MergeJob, { block, rows }: LoadedBlock, order: readonly number[]): TickList {
  const { firstSeqs, seqs, starts, ends, gaps } = block.ticks;
  return {
    writers: order.map((position) => target.idOf(rows[position]!.writer.writerId)!),
    firstSeqs: order.map((position) => firstSeqs[position]!),
    seqs: order.map((position) => seqs[position]!),
    starts: order.map((position) => starts[position]!),
    ends: order.map((position) => ends[position]!),
    gaps: order.map((position) => gaps[position]!),
  };
}

/** A chunk with the samples that are taken, counted in `points`; `undefined` when that is none, or it is damaged. */
function pack(
  job: MergeJob,
  id: number,
  { block }: LoadedBlock,
  chunk: ChunkRow,
  order: readonly number[],
  ticks: TickList,
  points: number[],
): EncodedChunk | undefined {
  const { source, damage } = job;
  const where = `series ${chunk.series} in block ${id} of ${source.path}`;
  return damage.guard(source.path, where, "it was left out", () => {
    const [problem] = verifyChunk(block, chunk).problems;
    if (problem !== undefined) {
      damage.damaged(where, problem, "it was left out");
      return undefined;
    }
    const head = decodeHead(chunk.sketch, block.ticks.seqs.length);
    const sampleAt = new Map(head.positions.map((position, i) => [position, i]));
    const positions: number[] = [];
    const picked: number[] = [];
    for (const [at, position] of order.entries()) {
      const sample = sampleAt.get(position);
      if (sample === undefined) continue;
      positions.push(at);
      picked.push(sample);
      points[at]!++;
    }
    if (positions.length === 0) return undefined;
    const unchanged = order.length === block.ticks.seqs.length && order.every((position, at) => position === at);
    if (unchanged) {
      const { count, sum, min, max } = chunk;
      return { count, sum, min, max, sketch: Buffer.from(chunk.sketch), data: Buffer.from(chunk.data) };
    }
    return encodeChunk(ticks, positions, pickSamples(decodeChunk(head, chunk.data, "buckets"), picked));
  });
}
