import type { Clock } from "@giflab/metrics-core";
import { Overtaken } from "../block-storage.ts";
import type { Stepwise } from "../stepwise.ts";
import { Findings } from "./findings.ts";
import { MergeSeries } from "./merge-series.ts";
import type { MergeSource, SourceWriter } from "./merge-source.ts";
import type { MergeTarget } from "./merge-target.ts";

/** Other programs that change the target just then make a step begin anew; so often in a row only if something is wrong. */
const ATTEMPTS = 20;

const OVERLAPPING = `SELECT id, first_seq AS first, seq FROM metrics INDEXED BY metrics_time
  WHERE timestamp > ? AND timestamp <= ? AND writer = ? AND first_seq >= ? AND seq <= ?`;
const DROP = "DELETE FROM metrics WHERE id = ? AND writer = ? AND first_seq = ? AND seq = ?";

/** A row of the source as far as it decides whether it is taken. */
export interface CandidateRow {
  readonly writer: SourceWriter;
  readonly first: number;
  readonly seq: number;
  readonly start: number;
  readonly end: number;
}

interface HeldRow {
  readonly id: number;
  readonly first: number;
  readonly seq: number;
}

/** One source on its way into the target. */
export class MergeJob {
  readonly source: MergeSource;
  readonly target: MergeTarget;
  readonly series: MergeSeries;
  readonly clock: Clock;
  /** What could not be read, and was left out. */
  readonly damage: Findings = new Findings();
  /** Rows of the source that were looked at, and those that were stored, with their points. */
  seen = 0;
  rows = 0;
  points = 0;
  readonly #inseparable = new Set<string>();
  readonly #oldest: number;

  /** @param oldest what ended at or before this is not taken, epoch seconds. */
  constructor(source: MergeSource, target: MergeTarget, clock: Clock, oldest: number) {
    this.source = source;
    this.target = target;
    this.clock = clock;
    this.series = new MergeSeries(target);
    this.#oldest = oldest;
  }

  /** Rolled up rows that share some snapshots with other rows of the target, and so could not be added. */
  get inseparable(): number {
    return this.#inseparable.size;
  }

  /** Whether a row ended longer ago than the target keeps anything. */
  isExpired(end: number): boolean {
    return end <= this.#oldest;
  }

  /**
   * Whether a row is to be taken: the target has none of its snapshots, or all that it has of them in rows that this one
   * contains, whose place it then takes.
   */
  wants({ writer, first, seq, start, end }: CandidateRow): boolean {
    if (this.isExpired(end)) return false;
    const covered = this.target.covered(writer.writerId, first, seq);
    if (covered === 0) return true;
    if (covered === seq - first + 1) return false;
    if (lengthOf(this.#held({ writer, first, seq, start, end })) === covered) return true;
    this.#inseparable.add(`${writer.writerId}/${first}`);
    return false;
  }

  /** Removes the rows whose place a taken one takes; to be called in its transaction. */
  replace(row: CandidateRow): void {
    const covered = this.target.covered(row.writer.writerId, row.first, row.seq);
    if (covered === 0) return;
    const held = this.#held(row);
    if (lengthOf(held) !== covered) throw new Overtaken(`rows of ${row.writer.writerId} are gone`);
    const writer = this.target.idOf(row.writer.writerId);
    for (const { id, first, seq } of held) this.target.connection.statement(DROP).run(id, writer, first, seq);
  }

  /** Runs a step, anew with what is known then when the target was changed by others. */
  *retrying<T>(step: () => Stepwise<T>): Stepwise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return yield* step();
      } catch (cause) {
        if (!(cause instanceof Overtaken) || attempt === ATTEMPTS) throw cause;
      }
      yield "wait";
      this.target.load();
    }
  }

  /** Rows of the target that lie in a row of the source. */
  #held({ writer, first, seq, start, end }: CandidateRow): HeldRow[] {
    const id = this.target.idOf(writer.writerId);
    return this.target.connection.statement(OVERLAPPING).all(start, end, id, first, seq) as HeldRow[];
  }
}

function lengthOf(rows: readonly HeldRow[]): number {
  return rows.reduce((total, { first, seq }) => total + seq - first + 1, 0);
}
