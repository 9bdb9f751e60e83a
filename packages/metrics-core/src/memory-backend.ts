import { type Aggregation, GAUGE_LOOKBACK_SECONDS, type InstanceState, pointMatcher } from "./aggregation.ts";
import type { MetricsBackend, MetricsStore, StateEntry, StateStore } from "./backend.ts";
import type { InstanceIdentity } from "./instance.ts";
import { MemoryState } from "./memory-state.ts";
import type { NamedDefinition } from "./metric-definition.ts";
import { MetricsError } from "./metrics-error.ts";
import type {
  MetricPoint,
  MetricSeries,
  MetricSummary,
  PointsQuery,
  SeriesQuery,
  StoreStats,
  SummaryQuery,
  WindowQuery,
} from "./query.ts";
import { SeriesAggregation } from "./series-aggregation.ts";
import type { MetricSnapshot, SnapshotPoint } from "./snapshot.ts";
import { SnapshotFeed } from "./snapshot-feed.ts";
import { SummaryAggregation } from "./summary-aggregation.ts";
import { tagSetKey } from "./tag-set.ts";

interface Writer {
  readonly identity: InstanceIdentity;
  flushIntervalSeconds: number;
  lastSequence: number;
  lastEnd: number;
  closedAt: number | undefined;
}

/**
 * Keeps the latest snapshots of this process in a ring, and answers every query: for tests, for programs that show their
 * own metrics, and when no other backend is at hand. Another process cannot read it.
 */
export class MemoryBackend implements MetricsBackend, MetricsStore, StateStore {
  readonly name = "memory";
  readonly #bufferSize: number;
  readonly #writers = new Map<string, Writer>();
  readonly #derived = new Map<string, NamedDefinition>();
  readonly #state = new MemoryState();
  /** In order of arrival. */
  #snapshots: MetricSnapshot[] = [];
  #points = 0;
  #closed = false;

  /** @param options.bufferSize points kept, the oldest snapshots go first; default 100,000 (roughly 10 MB). */
  constructor(options: { readonly bufferSize?: number } = {}) {
    const { bufferSize = 100_000 } = options;
    if (!(Number.isInteger(bufferSize) && bufferSize >= 1)) {
      throw new MetricsError("INVALID_OPTION", `bufferSize must be a whole number of points from 1, got ${bufferSize}`);
    }
    this.#bufferSize = bufferSize;
  }

  write(snapshot: MetricSnapshot): void {
    this.writeSync(snapshot);
  }

  writeSync(snapshot: MetricSnapshot): void {
    if (this.#closed) throw new MetricsError("CLOSED", "the memory backend is closed");
    const { writerId } = snapshot.instance;
    let writer = this.#writers.get(writerId);
    if (writer === undefined) {
      writer = {
        identity: snapshot.instance,
        flushIntervalSeconds: snapshot.flushIntervalSeconds,
        lastSequence: 0,
        lastEnd: snapshot.end,
        closedAt: undefined,
      };
      this.#writers.set(writerId, writer);
    }
    if (snapshot.sequence <= writer.lastSequence) return;
    writer.lastSequence = snapshot.sequence;
    writer.flushIntervalSeconds = snapshot.flushIntervalSeconds;
    writer.lastEnd = Math.max(writer.lastEnd, snapshot.end);
    if (snapshot.final) writer.closedAt = snapshot.end;
    for (const definition of snapshot.derived) this.#derived.set(definition.name, definition);
    this.#snapshots.push(snapshot);
    this.#points += snapshot.points.length;
    this.#trim();
  }

  async summaries(query: SummaryQuery): Promise<readonly MetricSummary[]> {
    this.#checkOpen();
    const aggregation = new SummaryAggregation(query, [...this.#derived.values()]);
    this.#feed(aggregation, query);
    return aggregation.finish();
  }

  async series(query: SeriesQuery): Promise<readonly MetricSeries[]> {
    this.#checkOpen();
    const aggregation = new SeriesAggregation(query, [...this.#derived.values()]);
    this.#feed(aggregation, query);
    return aggregation.finish();
  }

  async *points(query: PointsQuery = {}): AsyncGenerator<MetricPoint> {
    this.#checkOpen();
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
    const wanted = pointMatcher(query);
    const inWindow = this.#snapshots.filter((snapshot) => snapshot.end > from && snapshot.end <= to);
    for (const snapshot of inWindow.sort((a, b) => a.end - b.end)) {
      for (const point of snapshot.points) {
        const { name, tags, definition } = point.series;
        if (wanted(name, tags, definition, snapshot.instance)) yield toMetricPoint(point, snapshot);
      }
    }
  }

  async stats(): Promise<StoreStats> {
    this.#checkOpen();
    const series = new Set<string>();
    let oldest: number | undefined;
    let newest: number | undefined;
    for (const { points, end } of this.#snapshots) {
      for (const { series: one } of points) series.add(`${one.name}\0${tagSetKey(one.tags)}`);
      oldest = Math.min(oldest ?? end, end);
      newest = Math.max(newest ?? end, end);
    }
    return {
      backend: this.name,
      snapshots: this.#snapshots.length,
      points: this.#points,
      series: series.size,
      instances: this.#writers.size,
      bytes: this.#points * BYTES_PER_POINT,
      oldest,
      newest,
      details: { bufferSize: this.#bufferSize },
    };
  }

  async clear(): Promise<void> {
    this.#checkOpen();
    this.#snapshots = [];
    this.#points = 0;
    this.#derived.clear();
  }

  async prune({ before }: { readonly before: number }): Promise<number> {
    this.#checkOpen();
    const kept = this.#snapshots.filter((snapshot) => snapshot.end > before);
    const pruned = this.#snapshots.length - kept.length;
    this.#snapshots = kept;
    this.#points = kept.reduce((total, snapshot) => total + snapshot.points.length, 0);
    return pruned;
  }

  get(key: string): Promise<StateEntry | undefined> {
    return this.#state.get(key);
  }

  compareAndSet(key: string, expectedVersion: number, value: string | undefined): Promise<number | undefined> {
    return this.#state.compareAndSet(key, expectedVersion, value);
  }

  list(prefix: string): Promise<readonly StateEntry[]> {
    return this.#state.list(prefix);
  }

  closeSync(): void {
    this.#closed = true;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #feed(aggregation: Aggregation, query: WindowQuery): void {
    const since = query.from - GAUGE_LOOKBACK_SECONDS;
    const ended = new Map<string, number>();
    for (const { instance, end } of this.#snapshots) {
      if (end <= query.to) ended.set(instance.writerId, Math.max(ended.get(instance.writerId) ?? 0, end));
    }
    const feed = new SnapshotFeed(aggregation);
    const lookBack: MetricSnapshot[] = [];
    for (const snapshot of this.#snapshots) {
      if (snapshot.end > query.to) continue;
      const writer = this.#writers.get(snapshot.instance.writerId)!;
      // The last ten minutes of an instance that ended long ago hold its last known gauges.
      if (snapshot.end <= Math.min(since, ended.get(writer.identity.writerId)! - GAUGE_LOOKBACK_SECONDS)) continue;
      const instance = aggregation.instance(stateOf(writer));
      if (instance < 0) continue;
      if (snapshot.end <= query.from) lookBack.push(snapshot);
      else {
        aggregation.cover(instance, snapshot.start, snapshot.end);
        feed.snapshot(instance, snapshot);
      }
    }
    // Of what lies before the window only the latest counts.
    for (const snapshot of lookBack.sort((a, b) => b.end - a.end)) {
      const instance = aggregation.instance(stateOf(this.#writers.get(snapshot.instance.writerId)!));
      feed.snapshotBefore(instance, snapshot);
    }
  }

  #trim(): void {
    let surplus = 0;
    // Empty snapshots take room too: a program that records nothing must not fill memory with them.
    const excess = this.#snapshots.length - this.#bufferSize;
    while ((this.#points > this.#bufferSize || surplus < excess) && surplus < this.#snapshots.length - 1) {
      this.#points -= this.#snapshots[surplus++]!.points.length;
    }
    if (surplus > 0) this.#snapshots.splice(0, surplus);
  }

  #checkOpen(): void {
    if (this.#closed) throw new MetricsError("CLOSED", "the memory backend is closed");
  }
}

/** What a point takes in memory, roughly: for `stats` only. */
const BYTES_PER_POINT = 100;

function stateOf({ identity, flushIntervalSeconds, lastEnd, closedAt }: Writer): InstanceState {
  return { identity, flushIntervalSeconds, lastEnd, closedAt };
}

function toMetricPoint(point: SnapshotPoint, snapshot: MetricSnapshot): MetricPoint {
  const { name, tags, definition } = point.series;
  const base = {
    name,
    unit: definition.unit,
    tags,
    instance: snapshot.instance,
    timestamp: snapshot.end,
    resolutionSeconds: snapshot.end - snapshot.start,
  };
  if (point.kind === "counter") return { ...base, kind: "counter", value: point.delta };
  if (point.kind === "gauge") return { ...base, kind: "gauge", value: point.value };
  const { layout, indexes, counts, ...numbers } = point.sketch;
  const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(counts) };
  return { ...base, kind: point.kind, ...numbers, buckets };
}
