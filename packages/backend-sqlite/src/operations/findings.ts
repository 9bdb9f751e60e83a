import { MetricsError } from "@giflab/metrics-core";
import { asMetricsError } from "../sqlite-error.ts";

/** Something that a check of a store has found. */
export interface Finding {
  /** What it is about: `row 12 of metrics`. */
  readonly where: string;
  readonly problem: string;
  /** What to do about it: a statement for `sqlite3 FILE`, or a sentence. */
  readonly remedy: string;
}

/** Gathers what checks find: damage, and what is worth knowing but no damage. */
export class Findings {
  readonly damage: Finding[] = [];
  readonly notes: Finding[] = [];
  readonly #said = new Set<string>();

  /** What was found before is not said again. */
  damaged(where: string, problem: string, remedy: string): void {
    const key = `${where}: ${problem}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.damage.push({ where, problem, remedy });
  }

  noted(where: string, problem: string, remedy: string): void {
    this.notes.push({ where, problem, remedy });
  }

  /**
   * Runs a check; whatever it throws because of damaged bytes becomes a finding. Returns `undefined` then. Locks, closed
   * stores and full disks are thrown on.
   */
  guard<T>(dbPath: string, where: string, remedy: string, check: () => T): T | undefined {
    try {
      return check();
    } catch (cause) {
      const error = asMetricsError(cause, dbPath);
      // A decoder that stumbles over bytes in a way of its own is stopped by damage all the same.
      const stumbled = cause instanceof Error && !("code" in cause && String(cause.code).startsWith("SQLITE_"));
      if (error.code !== "STORE_CORRUPT" && !(stumbled && !(cause instanceof MetricsError))) throw error;
      this.damaged(where, problemOf(error), remedy);
      return undefined;
    }
  }
}

/** The innermost sentence that says what is wrong, without the advice around it. */
export function problemOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof MetricsError || (cause instanceof Error && "code" in cause)) return problemOf(cause);
  return error.message;
}
