import type { Database, Statement } from "./native-module.ts";

/** An open database with its prepared statements. */
export class Connection {
  readonly db: Database;
  readonly path: string;
  /** Which file it is, to notice that an operator has removed it. */
  readonly identity: string | undefined;
  readonly #statements = new Map<string, Statement>();
  readonly #values = new Map<string, Statement>();
  readonly #rows = new Map<string, Statement>();
  /** Grows with everything that may have made the write-ahead log longer. */
  changes = 0;
  #hotIndex: string | undefined;

  constructor(db: Database, path: string, identity: string | undefined) {
    this.db = db;
    this.path = path;
    this.identity = identity;
  }

  /** The index that finds rows which are not sealed; in files of version 1 the one over all rows. */
  get hotIndex(): string {
    this.#hotIndex ??=
      this.value("SELECT name FROM sqlite_schema WHERE name = 'metrics_hot'") === undefined
        ? "metrics_time"
        : "metrics_hot";
    return this.#hotIndex;
  }

  /** Prepares each text once. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** The first column of the first row. */
  value(sql: string, ...parameters: readonly unknown[]): unknown {
    let statement = this.#values.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql).pluck();
      this.#values.set(sql, statement);
    }
    return statement.get(...parameters);
  }

  /** A statement of which the rows are arrays. */
  rows(sql: string): Statement {
    let statement = this.#rows.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql).raw();
      this.#rows.set(sql, statement);
    }
    return statement;
  }

  /** A pragma that answers with one number. */
  pragma(name: string): number {
    return this.value(`PRAGMA ${name}`) as number;
  }

  /** Runs `work` in a transaction that takes the write lock first, so that it cannot fail half-way for want of it. */
  immediate<T>(work: () => T): T {
    this.statement("BEGIN IMMEDIATE").run();
    this.changes++;
    try {
      const result = work();
      this.statement("COMMIT").run();
      return result;
    } catch (error) {
      if (this.db.inTransaction) this.statement("ROLLBACK").run();
      throw error;
    }
  }

  /** Runs `work` on one consistent state of the database. */
  snapshot<T>(work: () => T): T {
    this.statement("BEGIN").run();
    try {
      return work();
    } finally {
      if (this.db.inTransaction) this.statement("COMMIT").run();
    }
  }

  close(): void {
    this.#statements.clear();
    this.#values.clear();
    this.#rows.clear();
    this.db.close();
  }
}
