import type { SketchData } from "@giflab/metrics-core";
import { ROW_COLUMNS, type StoredRow } from "../row-pages.ts";
import { decodePoints, type PointSink } from "../snapshot-codec.ts";
import type { Verification } from "./verification.ts";

const ROWS_PER_TURN = 32;
const HOT = (index: string): string => `SELECT id FROM metrics INDEXED BY ${index} WHERE block IS NULL`;
const ROW = `SELECT ${ROW_COLUMNS} FROM metrics WHERE id = ?`;

/** Unpacks every row that is not sealed: its points, their number, their series. */
export async function verifyRows(verification: Verification): Promise<void> {
  const { connection, findings, checked } = verification;
  const ids = await verification.ids("metrics", HOT(connection.hotIndex));
  for (let next = 0; next < ids.length; next += ROWS_PER_TURN) {
    await verification.read(() => {
      for (const id of ids.slice(next, next + ROWS_PER_TURN)) {
        const remedy = `DELETE FROM metrics WHERE id = ${id};`;
        findings.guard(connection.path, `row ${id} of metrics`, remedy, () => {
          const row = connection.statement(ROW).get(id) as StoredRow | undefined;
          // Sealed or deleted meanwhile.
          if (row === undefined || row.block !== null || row.data === null) return;
          checked.rows++;
          verifyRow(verification, row, remedy);
        });
      }
    });
    await verification.turn();
  }
}

function verifyRow(verification: Verification, row: StoredRow, remedy: string): void {
  const { findings, checked } = verification;
  const where = `row ${row.id} of metrics`;
  const { start, timestamp, first_seq, seq } = row;
  if (!(Number.isFinite(start) && Number.isFinite(timestamp) && start <= timestamp)) {
    findings.damaged(where, `covers ${start} to ${timestamp}`, remedy);
  }
  if (!(first_seq >= 1 && first_seq <= seq)) findings.damaged(where, `holds snapshots ${first_seq} to ${seq}`, remedy);
  const sink = new PointCheck(verification);
  decodePoints(row.data!, sink);
  checked.points += sink.points;
  if (sink.points !== row.points) {
    findings.damaged(where, `holds ${sink.points} points, and says ${row.points}`, remedy);
  }
  for (const problem of sink.problems) findings.damaged(where, problem, remedy);
}

/** Counts points and looks at each. */
class PointCheck implements PointSink {
  points = 0;
  readonly problems = new Set<string>();
  readonly #verification: Verification;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  counter(series: number, delta: number): void {
    this.#look(series, ["counter"], [delta]);
  }

  gauge(series: number, value: number): void {
    this.#look(series, ["gauge"], [value]);
  }

  wantsSketch(): boolean {
    return true;
  }

  sketch(series: number, { count, sum, min, max, last, counts }: SketchData): void {
    const inBuckets = Array.from(counts).reduce((total, one) => total + one, 0);
    if (inBuckets !== count)
      this.problems.add(`holds ${inBuckets} values in the buckets of series ${series}, not ${count}`);
    this.#look(series, ["timer", "histogram"], count === 0 ? [count] : [count, sum, min, max, last]);
  }

  #look(series: number, kinds: readonly string[], values: readonly number[]): void {
    this.points++;
    const kind = this.#verification.kindOf(series);
    if (kind === undefined) this.problems.add(`names series ${series}, which is not there`);
    else if (!kinds.includes(kind)) this.problems.add(`holds a ${kinds[0]} of series ${series}, a ${kind}`);
    if (!values.every(Number.isFinite)) this.problems.add(`holds ${values.join(", ")} for series ${series}`);
  }
}
