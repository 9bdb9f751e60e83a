import { chunkId, SERIES_LIMIT } from "../schema.ts";
import { type BlockRows, readBlockRows, seriesOf } from "../stored-block.ts";
import type { Verification } from "./verification.ts";
import { type ChunkRow, verifyChunk } from "./verify-chunk.ts";

const ENTRY = "SELECT first_time AS first, last_time AS last, resolution FROM block WHERE id = ?";
const ROWS = `SELECT id, timestamp, start, resolution, writer, first_seq AS first, seq, points
  FROM metrics INDEXED BY metrics_block WHERE block = ?`;
const CHUNK = "SELECT count, sum, min, max, sketch, data FROM chunk WHERE id = ?";
const NEXT_CHUNK = "SELECT id FROM chunk WHERE id >= ? ORDER BY id LIMIT 1";
const IS_KNOWN = `SELECT 1 WHERE EXISTS (SELECT 1 FROM block WHERE id = ?)
  OR EXISTS (SELECT 1 FROM settings WHERE key = 'stagedBlock' AND value = ?)`;
const CHUNKS_PER_TURN = 16;
const RESOLUTIONS = new Set([0, 60, 3600]);

interface Entry {
  readonly first: number;
  readonly last: number;
  readonly resolution: number;
}

interface SealedRow {
  readonly id: number;
  readonly timestamp: number;
  readonly start: number;
  readonly resolution: number;
  readonly writer: number;
  readonly first: number;
  readonly seq: number;
  readonly points: number;
}

interface Loaded {
  readonly entry: Entry;
  readonly block: BlockRows;
  readonly rows: readonly SealedRow[];
  readonly chunks: readonly ChunkRow[];
}

/** Unpacks every block: its list of rows against `metrics`, and every chunk against what stands beside it. */
export async function verifyBlocks(verification: Verification): Promise<void> {
  const { checked } = verification;
  for (const id of await verification.ids("block", "SELECT id FROM block ORDER BY id")) {
    const loaded = await verification.read(() => load(verification, id));
    await verification.turn();
    if (loaded === undefined) continue;
    checked.blocks++;
    checked.rows += loaded.rows.length;
    verifyTicks(verification, id, loaded);
    await verifyChunks(verification, id, loaded);
  }
  await verifyOwners(verification);
}

/** Reads a block at once; `undefined` for one that is gone, or cannot be read. */
function load(verification: Verification, id: number): Loaded | undefined {
  const { connection, findings } = verification;
  const remedy = `DELETE FROM metrics WHERE block = ${id};`;
  return findings.guard(connection.path, `block ${id}`, remedy, () => {
    const entry = connection.statement(ENTRY).get(id) as Entry | undefined;
    const block = entry === undefined ? undefined : readBlockRows(connection, id);
    if (entry === undefined || block === undefined) return undefined;
    const rows = connection.statement(ROWS).all(id) as SealedRow[];
    const chunks: ChunkRow[] = [];
    for (const series of seriesOf(connection, id)) {
      const key = chunkId(id, series);
      const where = `series ${series} in block ${id}`;
      findings.guard(connection.path, where, `DELETE FROM chunk WHERE id = ${key};`, () => {
        const row = connection.statement(CHUNK).get(key) as Omit<ChunkRow, "id" | "series" | "seriesKind">;
        chunks.push({ ...row, id: key, series, seriesKind: verification.kindOf(series) });
      });
    }
    return { entry, block, rows, chunks };
  });
}

function verifyTicks({ findings }: Verification, id: number, { entry, block, rows }: Loaded): void {
  const { writers, firstSeqs, seqs, starts, ends } = block.ticks;
  const remedy = `DELETE FROM metrics WHERE block = ${id};`;
  const [first, last] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))];
  if (first !== entry.first || last !== entry.last) {
    findings.damaged(
      `block ${id}`,
      `says ${entry.first} to ${entry.last}, its rows are of ${first} to ${last}`,
      remedy,
    );
  }
  if (!RESOLUTIONS.has(entry.resolution)) {
    findings.damaged(`block ${id}`, `has the resolution ${entry.resolution}`, remedy);
  }
  const positions = new Map(seqs.map((_, i) => [`${writers[i]}/${firstSeqs[i]}`, i]));
  for (const row of rows) {
    const i = positions.get(`${row.writer}/${row.first}`);
    const same =
      i !== undefined &&
      row.seq === seqs[i] &&
      row.start === starts[i] &&
      row.timestamp === ends[i] &&
      row.resolution === entry.resolution;
    if (same) continue;
    findings.damaged(
      `row ${row.id} of metrics`,
      `is not what block ${id} says of it`,
      `DELETE FROM metrics WHERE id = ${row.id};`,
    );
  }
}

async function verifyChunks(verification: Verification, id: number, { block, rows, chunks }: Loaded): Promise<void> {
  const { findings, checked, connection } = verification;
  let there = 0;
  for (const [at, chunk] of chunks.entries()) {
    const where = `series ${chunk.series} in block ${id}`;
    const remedy = `DELETE FROM chunk WHERE id = ${chunk.id};`;
    findings.guard(connection.path, where, remedy, () => {
      checked.chunks++;
      const { samples, problems } = verifyChunk(block, chunk);
      there += samples;
      for (const problem of problems) findings.damaged(where, problem, remedy);
    });
    if (at % CHUNKS_PER_TURN === CHUNKS_PER_TURN - 1) await verification.turn();
  }
  checked.samples += there;
  const counted = rows.reduce((total, { points }) => total + points, 0);
  if (there > counted) {
    const remedy = `DELETE FROM metrics WHERE block = ${id};`;
    findings.damaged(`block ${id}`, `holds ${there} points, and its rows say ${counted}`, remedy);
  } else if (there < counted) {
    findings.noted(
      `block ${id}`,
      `lacks ${counted - there} points that its rows had: series of it are gone`,
      "nothing",
    );
  }
}

/** Every chunk belongs to a block, or to one that is just being made. */
async function verifyOwners(verification: Verification): Promise<void> {
  const { connection, findings } = verification;
  const remedy = `save what can be read: sqlite3 ${connection.path} ".recover"`;
  // Version 1 has made no chunks, and its table is another one.
  if (connection.pragma("user_version") === 1) return;
  await verification.read(() =>
    findings.guard(connection.path, "table chunk", remedy, () => {
      for (let next = 0; ; ) {
        const id = connection.value(NEXT_CHUNK, next) as number | undefined;
        if (id === undefined) return;
        const block = Math.floor(id / SERIES_LIMIT);
        next = chunkId(block + 1, 0);
        if (connection.value(IS_KNOWN, block, block) !== undefined) continue;
        findings.damaged(`block ${block}`, "is not there, but has chunks", `DELETE FROM chunk WHERE block = ${block};`);
      }
    }),
  );
}
