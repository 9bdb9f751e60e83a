import { tagsText } from "../series-ids.ts";
import type { StoredSeries } from "../series-table.ts";
import { type Stepwise, whenFree } from "../stepwise.ts";
import type { MergeTarget } from "./merge-target.ts";

/** How many are looked up in one transaction: some milliseconds. */
const SERIES_PER_STEP = 200;

const FIND_METRIC = "SELECT id FROM metric WHERE name = ? AND kind = ?";
const ADD_METRIC = "INSERT INTO metric (name, kind, definition) VALUES (?, ?, ?) RETURNING id";
const FIND_SERIES = "SELECT id FROM series WHERE metric = ? AND tags = ?";
const ADD_SERIES = "INSERT INTO series (metric, tags, seen) VALUES (?, ?, ?) RETURNING id";
const SEEN = "UPDATE series SET seen = max(seen, ?) WHERE id = ?";

/** Row ids in the target of a source's series, by name, kind and tag set. */
export class MergeSeries {
  readonly #target: MergeTarget;
  readonly #ids = new Map<number, number>();
  #generation: number;

  constructor(target: MergeTarget) {
    this.#target = target;
    this.#generation = target.generation;
  }

  /**
   * The target's ids of series of the source, adding those that it lacks.
   * @param seen until when they were written.
   */
  *idsOf(series: ReadonlyMap<number, StoredSeries>, seen: number): Stepwise<ReadonlyMap<number, number>> {
    if (this.#generation !== this.#target.generation) this.#ids.clear();
    this.#generation = this.#target.generation;
    const missing = [...series].filter(([id]) => !this.#ids.has(id));
    for (let next = 0; next < missing.length; next += SERIES_PER_STEP) {
      const some = missing.slice(next, next + SERIES_PER_STEP);
      const found = yield* whenFree(this.#target.connection, () => {
        // Ids of another generation would be remembered for this one.
        this.#target.check([]);
        return some.map(([id, one]) => [id, this.#find(one, seen)] as const);
      });
      for (const [id, here] of found) this.#ids.set(id, here);
      yield "more";
    }
    return this.#ids;
  }

  #find({ name, tags, definition }: StoredSeries, seen: number): number {
    const { connection } = this.#target;
    const metric =
      connection.value(FIND_METRIC, name, definition.kind) ??
      connection.value(ADD_METRIC, name, definition.kind, JSON.stringify(definition));
    const text = tagsText(tags);
    const found = connection.value(FIND_SERIES, metric, text) as number | undefined;
    if (found === undefined) return connection.value(ADD_SERIES, metric, text, seen) as number;
    connection.statement(SEEN).run(seen, found);
    return found;
  }
}
