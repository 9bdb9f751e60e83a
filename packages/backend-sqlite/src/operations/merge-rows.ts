import type { SketchData, SnapshotPoint } from "@giflab/metrics-core";
import { countPacking } from "../packing-count.ts";
import { ROW_COLUMNS, type StoredRow } from "../row-pages.ts";
import type { StoredSeries } from "../series-table.ts";
import { decodePoints, encodePoints, isFinal, type PointSink } from "../snapshot-codec.ts";
import { type Stepwise, whenFree } from "../stepwise.ts";
import type { CandidateRow, MergeJob } from "./merge-job.ts";
import type { MergeSource } from "./merge-source.ts";

/** What is stored in one transaction: some milliseconds. */
const ROWS_PER_STEP = 32;
const BYTES_PER_STEP = 256 * 1024;

const HOT_ROWS = `SELECT ${ROW_COLUMNS} FROM metrics WHERE id > ? AND block IS NULL AND data IS NOT NULL
  ORDER BY id LIMIT ${ROWS_PER_STEP}`;
const ADD_ROW = `INSERT INTO metrics (timestamp, start, resolution, writer, first_seq, seq, points, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

interface ReadRow extends CandidateRow {
  readonly resolution: number;
  readonly final: boolean;
  readonly points: readonly SnapshotPoint[];
  /** Row ids in the source, at the same positions. */
  readonly series: readonly number[];
}

interface Page {
  readonly rows: readonly ReadRow[];
  readonly series: ReadonlyMap<number, StoredSeries>;
  readonly looked: number;
  /** Where the next page begins; `undefined` at the end. */
  readonly next: number | undefined;
}

/** Brings the rows over that are not sealed in the source: unpacked, and packed again with the target's series ids. */
export function* mergeHotRows(job: MergeJob): Stepwise<void> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const from: number = after;
    const page = yield* job.retrying(function* (): Stepwise<Page> {
      const read = yield* job.source.read(() => readPage(job, from));
      yield* storeRows(job, read);
      return read;
    });
    job.seen += page.looked;
    after = page.next;
    yield "more";
  }
}

function readPage(job: MergeJob, after: number): Page {
  const { source } = job;
  const found = source.connection.statement(HOT_ROWS).all(after) as StoredRow[];
  const rows: ReadRow[] = [];
  const series = new Map<number, StoredSeries>();
  let [looked, bytes] = [0, 0];
  for (const row of found) {
    if (bytes > BYTES_PER_STEP) break;
    looked++;
    const writer = source.writer(row.writer);
    if (writer === undefined) continue;
    const { first_seq: first, seq, start, timestamp: end, resolution } = row;
    const candidate = { writer, first, seq, start, end };
    if (!job.wants(candidate)) continue;
    const where = `row ${row.id} of metrics in ${source.path}`;
    job.damage.guard(source.path, where, "it was left out", () => {
      const sink = new PointReader(source, series);
      decodePoints(row.data!, sink);
      bytes += row.data!.length;
      if (sink.lost > 0)
        job.damage.damaged(where, `names ${sink.lost} series that are not there`, "they were left out");
      rows.push({ ...candidate, resolution, final: isFinal(row.data!), points: sink.points, series: sink.ids });
    });
  }
  const next = looked === 0 ? undefined : found[looked - 1]!.id;
  return { rows, series, looked, next };
}

function* storeRows(job: MergeJob, { rows, series }: Page): Stepwise<void> {
  if (rows.length === 0) return;
  const { target } = job;
  const { connection } = target;
  yield* target.addWriters([...new Set(rows.map(({ writer }) => writer))]);
  const ids = yield* job.series.idsOf(series, Math.max(...rows.map(({ end }) => end)));
  const packed = rows.map((row) =>
    encodePoints(
      row.points,
      row.series.map((id) => ids.get(id)!),
      row.final,
    ),
  );
  const taken = rows.map(({ writer, first, seq, end }) => ({ writer, first, seq, end }));
  const stored = yield* whenFree(connection, () => {
    target.check(new Set(rows.map(({ writer }) => writer.writerId)));
    for (const [i, row] of rows.entries()) {
      job.replace(row);
      const { end, start, resolution, writer, first, seq, points } = row;
      const id = target.idOf(writer.writerId);
      connection.statement(ADD_ROW).run(end, start, resolution, id, first, seq, points.length, packed[i]);
    }
    countPacking(connection);
    return target.advance(taken);
  });
  stored.done();
  job.rows += rows.length;
  job.points += rows.reduce((total, { points }) => total + points.length, 0);
}

/** Takes the points of a row apart, in their order. */
class PointReader implements PointSink {
  readonly points: SnapshotPoint[] = [];
  readonly ids: number[] = [];
  lost = 0;
  readonly #source: MergeSource;
  readonly #series: Map<number, StoredSeries>;

  constructor(source: MergeSource, series: Map<number, StoredSeries>) {
    this.#source = source;
    this.#series = series;
  }

  counter(id: number, delta: number): void {
    this.#add(id, (series) => ({ kind: "counter", series, delta }));
  }

  gauge(id: number, value: number): void {
    this.#add(id, (series) => ({ kind: "gauge", series, value }));
  }

  wantsSketch(): boolean {
    return true;
  }

  sketch(id: number, sketch: SketchData): void {
    this.#add(id, (series) => {
      const kind = series.definition.kind === "timer" ? "timer" : "histogram";
      return { kind, series, sketch };
    });
  }

  #add(id: number, make: (series: StoredSeries) => SnapshotPoint): void {
    const series = this.#series.get(id) ?? this.#source.series(id);
    if (series === undefined) {
      this.lost++;
      return;
    }
    this.#series.set(id, series);
    this.points.push(make(series));
    this.ids.push(id);
  }
}
