import { type CacheClock, machineClock } from "./cache-clock.ts";
import type { ClearOptions, DiskCacheOptions } from "./cache-options.ts";
import { defaultValidationCachePath } from "./cache-paths.ts";
import { CacheTiers } from "./cache-tiers.ts";
import type { Shrinkable } from "./memory-pressure.ts";
import { allFinite, type MetricQuery, type MetricValue, parseValue, queryKey } from "./metric-query.ts";

/** What an entry takes beside its value. */
const ENTRY_BYTES = 200;
const FORMAT = 1;

export interface ValidationCacheOptions extends DiskCacheOptions {
  /** Metrics that are not to be cached: metric type to false. */
  readonly metrics?: Readonly<Record<string, boolean>> | undefined;
}

export interface ValidationCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Hits out of all look-ups, 0 to 1; `undefined` before the first. */
  readonly hitRate: number | undefined;
  readonly memoryEntries: number;
  readonly memoryBytes: number;
  readonly diskEntries: number;
  readonly diskBytes: number;
  /** Entries on disk (in memory without a disk tier) by metric type. */
  readonly entriesByMetric: Readonly<Record<string, number>>;
}

interface Entry {
  readonly metric: string;
  readonly value: MetricValue;
}

/**
 * Keeps quality measurements in memory and on disk, so that comparing the same frames again costs a look-up.
 * Publishes on `giflab:cache` as cache `validation`, tagged `metric_type`.
 */
export class ValidationCache implements Shrinkable {
  readonly enabled: boolean;
  readonly #metrics: Readonly<Record<string, boolean>>;
  readonly #clock: CacheClock;
  readonly #tiers: CacheTiers<Entry>;

  constructor(options: ValidationCacheOptions = {}) {
    this.enabled = options.enabled ?? true;
    this.#metrics = options.metrics ?? {};
    this.#clock = options.clock ?? machineClock;
    this.#tiers = new CacheTiers({
      ...options,
      cache: "validation",
      enabled: this.enabled,
      memoryLimitMb: options.memoryLimitMb ?? 100,
      diskLimitMb: options.diskLimitMb ?? 1000,
      ttlSeconds: options.ttlSeconds ?? 172_800,
      diskPath: options.diskPath ?? defaultValidationCachePath(),
    });
  }

  /** The value measured before, or `undefined`. */
  get(query: MetricQuery): MetricValue | undefined {
    return this.#caches(query.metric) ? this.#lookUp(query, queryKey(query)) : undefined;
  }

  /**
   * Keeps a value. Returns false when it is not kept: caching is off for this metric, or a number in it is not finite.
   */
  put(query: MetricQuery, value: MetricValue): boolean {
    return this.#caches(query.metric) && this.#keep(query, queryKey(query), value);
  }

  /** The value measured before, else what `compute` gives, which is kept. Throws what `compute` throws. */
  getOrCompute<V extends MetricValue>(query: MetricQuery, compute: () => V): V {
    if (!this.#caches(query.metric)) return compute();
    const key = queryKey(query);
    const known = this.#lookUp(query, key);
    // The caller asks with the same metric and configuration, so the value has the same shape.
    if (known !== undefined) return known as V;
    const value = compute();
    this.#keep(query, key, value);
    return value;
  }

  /** Drops all values of a metric type, in memory now and on disk. Resolves to how many went from disk. */
  async invalidateByMetric(metric: string): Promise<number> {
    const { memory, disk } = this.#tiers;
    for (const { key, value } of [...memory.entries()]) if (value.metric === metric) this.#tiers.forget(key);
    const removed = await disk.remove(metric);
    this.#tiers.raiseSignal();
    return removed ?? 0;
  }

  /** Empties the cache, as `FrameCache.clear` does: false when the disk could not be cleared. */
  async clear(options: ClearOptions = {}): Promise<boolean> {
    return this.#tiers.clear(options);
  }

  stats(): ValidationCacheStats {
    const { activity, memory, disk, hasDisk } = this.#tiers;
    const { hits, misses, evictions, hitRate } = activity;
    const stored = disk.usage();
    return {
      hits,
      misses,
      evictions,
      hitRate,
      memoryEntries: memory.size,
      memoryBytes: memory.bytes,
      diskEntries: stored?.entries ?? 0,
      diskBytes: stored?.bytes ?? 0,
      entriesByMetric: Object.fromEntries(hasDisk ? disk.countByLabel() : this.#countInMemory()),
    };
  }

  get memoryBytes(): number {
    return this.#tiers.memory.bytes;
  }

  /** Lets the entries used longest ago go from memory, until `bytes` are free. Returns how many bytes went. */
  shrink(bytes: number): number {
    return this.#tiers.shrink(bytes);
  }

  /** Resolves when what was put is on disk (or could not be written for a second). */
  async flush(): Promise<void> {
    await this.#tiers.disk.flush();
  }

  /** Writes what waits and lets go of memory and file. Idempotent. */
  async close(): Promise<void> {
    await this.#tiers.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #caches(metric: string): boolean {
    return this.enabled && this.#metrics[metric] !== false;
  }

  #lookUp(query: MetricQuery, key: string): MetricValue | undefined {
    const { activity, memory } = this.#tiers;
    const began = activity.begin();
    this.#tiers.checkSignal();
    let value = memory.get(key)?.value;
    const tier = value === undefined ? "disk" : "memory";
    const reuse = activity.reuse(began, key);
    value ??= this.#fromDisk(query, key);
    const outcome = value === undefined ? "miss" : "hit";
    const metric_type = query.metric;
    const tags = began === undefined ? undefined : value === undefined ? { metric_type } : { metric_type, tier };
    activity.lookedUp(outcome, began, { reuse, tags });
    return value;
  }

  #fromDisk(query: MetricQuery, key: string): MetricValue | undefined {
    const stored = this.#tiers.disk.get(key);
    if (stored === undefined) return undefined;
    const value = stored.format === FORMAT ? parseValue(stored.data) : undefined;
    if (value === undefined) this.#tiers.disk.delete(key);
    else this.#remember(key, query.metric, value, stored.data.byteLength, stored.createdAt);
    return value;
  }

  #keep(query: MetricQuery, key: string, value: MetricValue): boolean {
    if (!allFinite(value)) return false;
    const began = this.#tiers.activity.begin();
    const createdAt = this.#clock.now();
    const data = Buffer.from(JSON.stringify(value));
    const held = typeof value === "number" ? value : { ...value };
    const kept = this.#remember(key, query.metric, held, data.byteLength, createdAt);
    this.#tiers.disk.put({
      key,
      label: query.metric,
      variant: "",
      format: FORMAT,
      createdAt,
      encode: () => done(data),
      heldBytes: data.byteLength,
    });
    if (began !== undefined) this.#tiers.activity.put(began, { refused: !kept, tags: { metric_type: query.metric } });
    return true;
  }

  #remember(key: string, metric: string, value: MetricValue, valueBytes: number, createdAt: number): boolean {
    if (typeof value !== "number") Object.freeze(value);
    return this.#tiers.remember(key, { metric, value }, valueBytes + key.length + ENTRY_BYTES, createdAt);
  }

  #countInMemory(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { value } of this.#tiers.memory.entries()) counts.set(value.metric, (counts.get(value.metric) ?? 0) + 1);
    return counts;
  }
}

/** Bytes that need no further step. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for
function* done(data: Uint8Array): Generator<void, Uint8Array, void> {
  return data;
}
