import type { NamedDefinition, RecordedMetricDefinition, Tags } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const GET = "SELECT metric, tags FROM series WHERE id = ?";
const GET_METRIC = "SELECT name, definition FROM metric WHERE id = ?";
const DERIVED = "SELECT definition FROM metric WHERE kind = 'derived' ORDER BY id";
/** Series that are read at once. */
const PAGE = 500;
const AFTER = `SELECT id, metric, tags FROM series WHERE id > ? ORDER BY id LIMIT ${PAGE}`;
const IDS_AFTER = `SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ${PAGE}`;
const STATE = `SELECT (SELECT value FROM settings WHERE key = 'generation') AS generation,
  (SELECT value FROM settings WHERE key = 'revision') AS revision`;

/** A series as stored. */
export interface StoredSeries {
  readonly name: string;
  readonly tags: Tags;
  readonly definition: RecordedMetricDefinition;
}

interface StoredMetric {
  readonly name: string;
  readonly definition: RecordedMetricDefinition;
}

/** Series and metrics by row id, read when they are first asked for and kept as long as the file says that they hold. */
export class SeriesTable {
  readonly #connection: Connection;
  readonly #series: (StoredSeries | undefined)[] = [];
  readonly #metrics: (StoredMetric | undefined)[] = [];
  readonly #state: string;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#state = stateOf(connection);
  }

  /** Whether row ids and definitions are still those that this table was made for. */
  get current(): boolean {
    return stateOf(this.#connection) === this.#state;
  }

  /** The series with a row id; `undefined` for one that somebody has deleted. */
  get(id: number): StoredSeries | undefined {
    const known = this.#series[id];
    if (known !== undefined) return known;
    const row = this.#connection.statement(GET).get(id) as { metric: number; tags: string } | undefined;
    const series = row === undefined ? undefined : this.#stored(row);
    this.#series[id] = series;
    return series;
  }

  /** Row ids of the series that follow an id, some hundred at a time, rising; what `get` says of them is at hand then. */
  after(id: number): readonly number[] {
    const ids = this.#connection.rows(IDS_AFTER).all(id) as [number][];
    if (ids.every(([one]) => this.#series[one] !== undefined)) return ids.map(([one]) => one);
    const rows = this.#connection.statement(AFTER).all(id) as { id: number; metric: number; tags: string }[];
    for (const row of rows) this.#series[row.id] ??= this.#stored(row);
    return rows.map((row) => row.id);
  }

  /** Derived metrics that the writers have declared. */
  derived(): readonly NamedDefinition[] {
    const rows = this.#connection.statement(DERIVED).all() as { definition: string }[];
    return rows.map(({ definition }) => JSON.parse(definition) as NamedDefinition);
  }

  #stored({ metric, tags }: { readonly metric: number; readonly tags: string }): StoredSeries | undefined {
    const known = this.#metric(metric);
    return known === undefined ? undefined : { ...known, tags: Object.freeze(JSON.parse(tags)) as Tags };
  }

  #metric(id: number): StoredMetric | undefined {
    const known = this.#metrics[id];
    if (known !== undefined) return known;
    const row = this.#connection.statement(GET_METRIC).get(id) as { name: string; definition: string } | undefined;
    if (row === undefined) return undefined;
    const metric = { name: row.name, definition: JSON.parse(row.definition) as RecordedMetricDefinition };
    this.#metrics[id] = metric;
    return metric;
  }
}

function stateOf(connection: Connection): string {
  const { generation, revision } = connection.statement(STATE).get() as { generation: number; revision: number };
  return `${generation}/${revision}`;
}
