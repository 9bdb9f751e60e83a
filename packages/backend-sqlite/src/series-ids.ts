import type { MetricSnapshot, NamedDefinition, SeriesDescriptor } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const GENERATION = "SELECT value FROM settings WHERE key = 'generation'";
const ADD_SERIES = `INSERT INTO series (name, kind, tags, definition) VALUES (?, ?, ?, ?)
  ON CONFLICT (name, kind, tags) DO UPDATE SET definition = excluded.definition RETURNING id`;
const ADD_DERIVED = `INSERT INTO derived VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition
  WHERE definition <> excluded.definition`;

/**
 * Numbers of the series this process writes, looked up in the file once. Used inside the write transaction; what was added
 * in one that failed is forgotten, and everything is when the file was cleared by somebody else.
 */
export class SeriesIds {
  #ids = new WeakMap<SeriesDescriptor, number>();
  #derived: readonly NamedDefinition[] | undefined;
  #generation: unknown;
  #pending: SeriesDescriptor[] = [];

  /** Brings the cache up to date at the beginning of a transaction. */
  begin(connection: Connection): void {
    const generation = connection.statement(GENERATION).pluck().get();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#ids = new WeakMap();
    this.#derived = undefined;
  }

  of(connection: Connection, series: SeriesDescriptor): number {
    const known = this.#ids.get(series);
    if (known !== undefined) return known;
    const { name, tags, definition } = series;
    const statement = connection.statement(ADD_SERIES).pluck();
    const id = statement.get(name, definition.kind, JSON.stringify(tags), JSON.stringify(definition)) as number;
    this.#ids.set(series, id);
    this.#pending.push(series);
    return id;
  }

  addDerived(connection: Connection, snapshot: MetricSnapshot): void {
    if (this.#derived === snapshot.derived) return;
    for (const definition of snapshot.derived) {
      connection.statement(ADD_DERIVED).run(definition.name, JSON.stringify(definition));
    }
    this.#derived = snapshot.derived;
  }

  commit(): void {
    this.#pending = [];
  }

  rollback(): void {
    for (const series of this.#pending) this.#ids.delete(series);
    this.#pending = [];
    this.#derived = undefined;
  }

  /** Another file, or the same path made anew. */
  reset(): void {
    this.#ids = new WeakMap();
    this.#derived = undefined;
    this.#generation = undefined;
    this.#pending = [];
  }
}
