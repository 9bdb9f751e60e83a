import { type DerivedMetric, derivedMetrics } from "./derived-metric.ts";
import { globMatcher } from "./glob.ts";
import type { InstanceIdentity } from "./instance.ts";
import type { NamedDefinition, RecordedMetricDefinition } from "./metric-definition.ts";
import { MetricsError } from "./metrics-error.ts";
import type { PointsQuery, WindowQuery } from "./query.ts";
import type { SketchData } from "./sketch.ts";
import { hasTags, tagSetKey } from "./tag-set.ts";
import type { Tags } from "./tags.ts";

/**
 * Seconds before a window in which a store looks for what was stated last: everything alive is stated every ten minutes,
 * plus some flush intervals.
 */
export const GAUGE_LOOKBACK_SECONDS = 660;
/** An instance without a snapshot for this many flush intervals counts as gone. */
export const LIVE_FLUSH_INTERVALS = 3;

/** What a store knows of an instance. */
export interface InstanceState {
  readonly identity: InstanceIdentity;
  readonly flushIntervalSeconds: number;
  /** End of its latest snapshot, epoch seconds. */
  readonly lastEnd: number;
  /** End of its final snapshot, if it has closed. */
  readonly closedAt: number | undefined;
}

/**
 * Takes in what a store reads and answers a query. The store calls `instance` and `series` once each to get numbers (or -1:
 * not wanted, skip its data), then feeds in any order:
 *
 * - `cover` for every snapshot with `from < end <= to`, whether it has points or not;
 * - every point with `end <= to` that it reads: those with `end <= from` are look-back, which keeps unchanged gauges and
 *   idle counters in view. Feed at least `GAUGE_LOOKBACK_SECONDS` of it.
 */
export interface Aggregation {
  instance(state: InstanceState): number;
  series(name: string, tags: Tags, definition: RecordedMetricDefinition): number;
  cover(instance: number, start: number, end: number): void;
  /** @param increases how many snapshots with an increase `delta` is the sum of; default 1, or 0 without an increase. */
  counter(series: number, instance: number, end: number, delta: number, increases?: number): void;
  /** @param value NaN says that the instance goes on without this gauge, which then holds no longer. */
  gauge(series: number, instance: number, end: number, value: number): void;
  sketch(series: number, instance: number, end: number, data: SketchData): void;
}

/** A series that a query wants, for itself or as an input of a derived metric. */
export interface WantedSeries {
  readonly name: string;
  readonly tags: Tags;
  readonly definition: RecordedMetricDefinition;
  /** False when it is only an input of a derived metric. */
  readonly listed: boolean;
}

/** The bookkeeping that all aggregations share: which instances and series are wanted, and their numbers. */
export class Selection {
  readonly query: WindowQuery;
  readonly instances: InstanceState[] = [];
  readonly series: WantedSeries[] = [];
  readonly derived: readonly DerivedMetric[];
  readonly #matches: (name: string) => boolean;
  readonly #inputs: Set<string>;
  readonly #instanceNumbers = new Map<string, number>();
  readonly #seriesNumbers = new Map<string, number>();

  constructor(query: WindowQuery, derived: readonly NamedDefinition[]) {
    checkWindow(query);
    this.query = query;
    this.#matches = query.match === undefined ? () => true : globMatcher(query.match);
    this.derived = derivedMetrics(derived).filter(
      (metric) =>
        this.#matches(metric.name) && (query.system === undefined || metric.definition.system === query.system),
    );
    this.#inputs = new Set(this.derived.flatMap((metric) => metric.inputs));
  }

  instance(state: InstanceState): number {
    const { service, instance } = this.query;
    const { identity } = state;
    if (service !== undefined && identity.service !== service) return -1;
    if (instance !== undefined && identity.writerId !== instance) return -1;
    const known = this.#instanceNumbers.get(identity.writerId);
    if (known !== undefined) return known;
    this.#instanceNumbers.set(identity.writerId, this.instances.length);
    return this.instances.push(state) - 1;
  }

  wantSeries(name: string, tags: Tags, definition: RecordedMetricDefinition): number {
    const { system, tags: filter } = this.query;
    const listed =
      this.#matches(name) && (system === undefined || definition.system === system) && hasTags(tags, filter);
    if (!listed && !this.#inputs.has(name)) return -1;
    // The kind too: two programs may use one name for different things, which must not be added up.
    const key = `${definition.kind}\0${name}\0${tagSetKey(tags)}`;
    const known = this.#seriesNumbers.get(key);
    if (known !== undefined) return known;
    this.#seriesNumbers.set(key, this.series.length);
    return this.series.push({ name, tags, definition, listed }) - 1;
  }

  /** When an instance stopped stating values: at its close, or three flush intervals after its last snapshot. */
  goneAt(instance: number): number {
    const { closedAt, lastEnd, flushIntervalSeconds } = this.instances[instance]!;
    return closedAt ?? lastEnd + LIVE_FLUSH_INTERVALS * flushIntervalSeconds;
  }
}

function checkWindow({ from, to }: WindowQuery): void {
  if (!Number.isFinite(from) || !Number.isFinite(to) || from > to) {
    throw new MetricsError(
      "INVALID_QUERY",
      `a window runs from an earlier to a later epoch second, got ${from} to ${to}`,
    );
  }
}

/** Decides for each stored point whether `points(query)` yields it. The window is the store's own business. */
export function pointMatcher(
  query: PointsQuery,
): (name: string, tags: Tags, definition: RecordedMetricDefinition, instance: InstanceIdentity) => boolean {
  const matches = query.match === undefined ? () => true : globMatcher(query.match);
  return (name, tags, definition, instance) =>
    matches(name) &&
    (query.system === undefined || definition.system === query.system) &&
    (query.service === undefined || instance.service === query.service) &&
    (query.instance === undefined || instance.writerId === query.instance) &&
    hasTags(tags, query.tags);
}

/** Order of results: by name, then by tags. */
export function compareSeries(a: { name: string; tags: Tags }, b: { name: string; tags: Tags }): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  const [x, y] = [tagSetKey(a.tags), tagSetKey(b.tags)];
  return x < y ? -1 : x > y ? 1 : 0;
}
