import type { NamedDefinition, RecordedMetricDefinition, Tags } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const GET = "SELECT metric, tags FROM series WHERE id = ?";
const GET_METRIC = "SELECT name, definition FROM metric WHERE id = ?";
const DERIVED = "SELECT definition FROM metric WHERE kind = 'derived' ORDER BY id";
const GAUGES = "SELECT series.id FROM series JOIN metric ON metric.id = series.metric WHERE metric.kind = 'gauge'";
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
    const metric = row === undefined ? undefined : this.#metric(row.metric);
    if (row === undefined || metric === undefined) return undefined;
    const series = { ...metric, tags: Object.freeze(JSON.parse(row.tags)) as Tags };
    this.#series[id] = series;
    return series;
  }

  /** Row ids of all gauges. */
  gauges(): readonly number[] {
    return (this.#connection.statement(GAUGES).all() as { id: number }[]).map(({ id }) => id);
  }

  /** Derived metrics that the writers have declared. */
  derived(): readonly NamedDefinition[] {
    const rows = this.#connection.statement(DERIVED).all() as { definition: string }[];
    return rows.map(({ definition }) => JSON.parse(definition) as NamedDefinition);
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
