import type { MetricSnapshot, NamedDefinition, SeriesDescriptor, Tags } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const GENERATION = "SELECT value FROM settings WHERE key = 'generation'";
const NEXT_REVISION = "UPDATE settings SET value = value + 1 WHERE key = 'revision'";
const FIND_METRIC = "SELECT id, definition FROM metric WHERE name = ? AND kind = ?";
const ADD_METRIC = "INSERT INTO metric (name, kind, definition) VALUES (?, ?, ?) RETURNING id";
const CHANGE_METRIC = "UPDATE metric SET definition = ? WHERE id = ?";
const FIND_SERIES = "SELECT id, seen FROM series WHERE metric = ? AND tags = ?";
const ADD_SERIES = "INSERT INTO series (metric, tags, seen) VALUES (?, ?, ?) RETURNING id";
const SEEN_ONE = "UPDATE series SET seen = ? WHERE id = ?";
const SEEN = "UPDATE series SET seen = max(seen, ?) WHERE id IN (SELECT value FROM json_each(?))";

/** How exact `seen` is: series that are still written are marked this often, so that others can be told from them. */
export const SEEN_SECONDS = 86_400;
/** How many series in a row may be missing from a snapshot before the next one is looked up the long way. */
const LOOK_AHEAD = 4;

/**
 * Row ids of the series this process writes, looked up in the file once. Used inside the write transaction; after one that
 * failed, or when somebody has cleared the file, everything is looked up again.
 */
export class SeriesIds {
  /** The series of the latest snapshot in order, and their ids: the next one mostly has the same in the same order. */
  #latest: readonly SeriesDescriptor[] = [];
  #latestIds: readonly number[] = [];
  #ids = new WeakMap<SeriesDescriptor, number>();
  readonly #used = new Set<number>();
  /** Metrics whose definition was compared with the file's: once per process, so that two versions of a program do not take turns. */
  readonly #defined = new Set<string>();
  #metrics = new Map<string, number>();
  #derived: readonly NamedDefinition[] | undefined;
  #generation: unknown;

  /** Brings the cache up to date at the beginning of a transaction. */
  begin(connection: Connection): void {
    const generation = connection.value(GENERATION);
    if (generation === this.#generation) return;
    this.reset();
    this.#generation = generation;
  }

  /** Row ids of a snapshot's series; adds those that the file does not know. */
  of(connection: Connection, { points, end }: MetricSnapshot): readonly number[] {
    const [before, idsBefore] = [this.#latest, this.#latestIds];
    const all = new Array<SeriesDescriptor>(points.length);
    const ids = new Array<number>(points.length);
    let expected = 0;
    for (let i = 0; i < ids.length; i++) {
      const { series } = points[i]!;
      // Some may be left out because they have not changed.
      for (const last = expected + LOOK_AHEAD; expected < last && before[expected] !== series; ) expected++;
      if (before[expected] === series) ids[i] = idsBefore[expected++]!;
      else {
        expected = Math.max(0, expected - LOOK_AHEAD);
        ids[i] = this.#idOf(connection, series, end);
      }
      all[i] = series;
    }
    this.#latest = all;
    this.#latestIds = ids;
    return ids;
  }

  /** Stores derived metrics that were declared since the last call. */
  addDerived(connection: Connection, derived: readonly NamedDefinition[]): void {
    if (this.#derived === derived) return;
    for (const definition of derived) this.#metric(connection, definition.name, definition.kind, definition);
    this.#derived = derived;
  }

  /** Notes in the file that this process still writes its series. */
  markSeen(connection: Connection, epochSeconds: number): void {
    connection.statement(SEEN).run(epochSeconds, JSON.stringify([...this.#used]));
  }

  /** Forgets what was looked up: the file was cleared or made anew, or a transaction was rolled back. */
  reset(): void {
    this.#latest = [];
    this.#latestIds = [];
    this.#ids = new WeakMap();
    this.#metrics = new Map();
    this.#used.clear();
    this.#derived = undefined;
    this.#generation = undefined;
  }

  #idOf(connection: Connection, series: SeriesDescriptor, seen: number): number {
    const known = this.#ids.get(series);
    if (known !== undefined) return known;
    const id = this.#add(connection, series, seen);
    this.#ids.set(series, id);
    this.#used.add(id);
    return id;
  }

  #add(connection: Connection, { name, tags, definition }: SeriesDescriptor, seen: number): number {
    const metric = this.#metric(connection, name, definition.kind, definition);
    const text = tagsText(tags);
    const found = connection.statement(FIND_SERIES).get(metric, text) as { id: number; seen: number } | undefined;
    if (found === undefined) return connection.value(ADD_SERIES, metric, text, seen) as number;
    if (seen > found.seen + SEEN_SECONDS) connection.statement(SEEN_ONE).run(seen, found.id);
    return found.id;
  }

  #metric(connection: Connection, name: string, kind: string, definition: object): number {
    const key = `${kind} ${name}`;
    const known = this.#metrics.get(key);
    if (known !== undefined && this.#defined.has(key)) return known;
    const text = JSON.stringify(definition);
    const found = connection.statement(FIND_METRIC).get(name, kind) as { id: number; definition: string } | undefined;
    if (found !== undefined && found.definition !== text && !this.#defined.has(key)) {
      connection.statement(CHANGE_METRIC).run(text, found.id);
      connection.statement(NEXT_REVISION).run();
    }
    const id = found?.id ?? (connection.value(ADD_METRIC, name, kind, text) as number);
    this.#metrics.set(key, id);
    this.#defined.add(key);
    return id;
  }
}

/** A JSON object with its keys in order of their text, which makes it the identity of the tag set. */
export function tagsText(tags: Tags): string {
  const pairs = Object.keys(tags)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(tags[key])}`);
  return `{${pairs.join(",")}}`;
}
