import { hash } from "node:crypto";
import { CacheActivity } from "./cache-activity.ts";
import { type CacheClock, machineClock } from "./cache-clock.ts";
import { defaultValidationCachePath } from "./cache-paths.ts";
import { ClearSignal } from "./clear-signal.ts";
import { DiskTier } from "./disk-tier.ts";
import { type EvictionPolicy, MemoryTier } from "./memory-tier.ts";

const MB = 2 ** 20;
/** What an entry takes beside its value. */
const ENTRY_BYTES = 200;
const FORMAT = 1;

/** A measured quality: one number, or several with names. */
export type MetricValue = number | { readonly [name: string]: number };

export interface ValidationCacheOptions {
  /** False: every look-up is an uncounted miss and nothing is kept. Default true. */
  readonly enabled?: boolean | undefined;
  /** Default 100; 0 turns the tier off. In MB (2^20 bytes). */
  readonly memoryLimitMb?: number | undefined;
  /** Default 1000; 0 turns the tier off. */
  readonly diskLimitMb?: number | undefined;
  /** Age at which a value is no longer used. Default 172800 (48 h). */
  readonly ttlSeconds?: number | undefined;
  /** Default `~/.giflab_cache/validation_cache.db`; the folder is made. */
  readonly diskPath?: string | undefined;
  readonly evictionPolicy?: EvictionPolicy | undefined;
  /** Metrics that are not to be cached: metric type to false. */
  readonly metrics?: Readonly<Record<string, boolean>> | undefined;
  readonly clock?: CacheClock | undefined;
  /** Told once per kind of trouble with the disk. Default: `process.emitWarning`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What was measured of what: everything that makes a difference to the value. */
export interface MetricQuery {
  /** Metric type, such as `ssim`; counted and invalidated by it. */
  readonly metric: string;
  /**
   * What was compared, in this order: for each side a text that stands for its whole content: `FrameHasher`'s, or
   * `FrameCache.identify` with the frame's index and what was done to it.
   */
  readonly frames: readonly [string, string];
  /** Settings of the metric; the order of keys does not matter. */
  readonly config?: { readonly [name: string]: string | number | boolean | null };
  /** Positions of the frames, when they are part of the result. */
  readonly indices?: readonly [number, number];
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
export class ValidationCache {
  readonly enabled: boolean;
  readonly #options: ValidationCacheOptions;
  readonly #clock: CacheClock;
  readonly #memory: MemoryTier<Entry>;
  readonly #disk: DiskTier;
  readonly #hasDisk: boolean;
  readonly #signal: ClearSignal;
  readonly #activity: CacheActivity;

  constructor(options: ValidationCacheOptions = {}) {
    const diskPath = options.diskPath ?? defaultValidationCachePath();
    const ttlSeconds = options.ttlSeconds ?? 172_800;
    const diskLimitMb = options.diskLimitMb ?? 1000;
    this.enabled = options.enabled ?? true;
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
    const memoryLimitBytes = (options.memoryLimitMb ?? 100) * MB;
    this.#activity = new CacheActivity({
      cache: "validation",
      clock: this.#clock,
      memoryLimitBytes,
      memoryBytes: () => this.#memory.bytes,
    });
    this.#hasDisk = this.enabled && diskLimitMb > 0;
    this.#memory = new MemoryTier({
      limitBytes: memoryLimitBytes,
      ttlSeconds,
      policy: options.evictionPolicy ?? "lru",
      clock: this.#clock,
      onEvict: (eviction) => this.#activity.evicted(eviction),
    });
    this.#disk = new DiskTier({
      path: diskPath,
      limitBytes: this.#hasDisk ? diskLimitMb * MB : 0,
      ttlSeconds,
      clock: this.#clock,
      onWarning: options.onWarning ?? ((message) => process.emitWarning(message, "GiflabCacheWarning")),
    });
    this.#signal = new ClearSignal(`${diskPath}.cleared`, this.#clock, () => {
      this.#disk.dropWaiting();
      this.#dropMemory();
    });
  }

  /** The value measured before, or `undefined`. */
  get(query: MetricQuery): MetricValue | undefined {
    return this.#caches(query.metric) ? this.#lookUp(query, keyOf(query)) : undefined;
  }

  /**
   * Keeps a value. Returns false when it is not kept: caching is off for this metric, or a number in it is not finite.
   */
  put(query: MetricQuery, value: MetricValue): boolean {
    return this.#caches(query.metric) && this.#keep(query, keyOf(query), value);
  }

  /** The value measured before, else what `compute` gives, which is kept. Throws what `compute` throws. */
  getOrCompute<V extends MetricValue>(query: MetricQuery, compute: () => V): V {
    if (!this.#caches(query.metric)) return compute();
    const key = keyOf(query);
    const known = this.#lookUp(query, key);
    // The caller asks with the same metric and configuration, so the value has the same shape.
    if (known !== undefined) return known as V;
    const value = compute();
    this.#keep(query, key, value);
    return value;
  }

  /** Drops all values of a metric type, in memory now and on disk. Resolves to how many went from disk. */
  async invalidateByMetric(metric: string): Promise<number> {
    for (const { key, value } of [...this.#memory.entries()]) {
      if (value.metric !== metric) continue;
      this.#memory.delete(key);
      this.#activity.invalidated(key);
    }
    const removed = await this.#disk.remove(metric);
    this.#signal.raise();
    return removed ?? 0;
  }

  /** Empties the cache, as `FrameCache.clear` does: false when the disk could not be cleared. */
  async clear(options: { readonly memoryOnly?: boolean; readonly everyProcess?: boolean } = {}): Promise<boolean> {
    const began = this.#activity.begin();
    const entries = this.#memory.size;
    this.#dropMemory();
    let cleared = true;
    if (options.memoryOnly !== true) cleared = (await this.#disk.remove()) !== undefined;
    if (options.everyProcess ?? options.memoryOnly !== true) this.#signal.raise();
    this.#activity.cleared(began, entries);
    return cleared;
  }

  stats(): ValidationCacheStats {
    const disk = this.#disk.usage();
    const { hits, misses, evictions, hitRate } = this.#activity;
    return {
      hits,
      misses,
      evictions,
      hitRate,
      memoryEntries: this.#memory.size,
      memoryBytes: this.#memory.bytes,
      diskEntries: disk?.entries ?? 0,
      diskBytes: disk?.bytes ?? 0,
      entriesByMetric: Object.fromEntries(this.#hasDisk ? this.#disk.countByLabel() : this.#countInMemory()),
    };
  }

  /** Resolves when what was put is on disk (or could not be written for a second). */
  async flush(): Promise<void> {
    await this.#disk.flush();
  }

  /** Writes what waits and lets go of memory and file. Idempotent. */
  async close(): Promise<void> {
    await this.#disk.close();
    this.#dropMemory();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #caches(metric: string): boolean {
    return this.enabled && this.#options.metrics?.[metric] !== false;
  }

  #lookUp(query: MetricQuery, key: string): MetricValue | undefined {
    const began = this.#activity.begin();
    if (this.#memory.size > 0) this.#signal.check();
    let value = this.#memory.get(key)?.value;
    const tier = value === undefined ? "disk" : "memory";
    const reuse = this.#activity.reuse(began, key);
    value ??= this.#fromDisk(query, key);
    const outcome = value === undefined ? "miss" : "hit";
    const metric_type = query.metric;
    const tags = began === undefined ? undefined : value === undefined ? { metric_type } : { metric_type, tier };
    this.#activity.lookedUp(outcome, began, { reuse, tags });
    return value;
  }

  #fromDisk(query: MetricQuery, key: string): MetricValue | undefined {
    const stored = this.#disk.get(key);
    if (stored === undefined) return undefined;
    const value = stored.format === FORMAT ? parseValue(stored.data) : undefined;
    if (value === undefined) this.#disk.delete(key);
    else this.#remember(key, query.metric, value, stored.data.byteLength, stored.createdAt);
    return value;
  }

  #keep(query: MetricQuery, key: string, value: MetricValue): boolean {
    if (!allFinite(value)) return false;
    const began = this.#activity.begin();
    const createdAt = this.#clock.now();
    const data = Buffer.from(JSON.stringify(value));
    const held = typeof value === "number" ? value : { ...value };
    const kept = this.#remember(key, query.metric, held, data.byteLength, createdAt);
    this.#disk.put({
      key,
      label: query.metric,
      variant: "",
      format: FORMAT,
      createdAt,
      encode: () => done(data),
      heldBytes: data.byteLength,
    });
    if (began !== undefined) this.#activity.put(began, { refused: !kept, tags: { metric_type: query.metric } });
    return true;
  }

  #remember(key: string, metric: string, value: MetricValue, valueBytes: number, createdAt: number): boolean {
    if (typeof value !== "number") Object.freeze(value);
    const bytes = valueBytes + key.length + ENTRY_BYTES;
    this.#activity.weigh(key, bytes);
    const kept = this.#memory.set(key, { metric, value }, bytes, createdAt);
    if (kept) this.#signal.watch();
    return kept;
  }

  #countInMemory(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { value } of this.#memory.entries()) counts.set(value.metric, (counts.get(value.metric) ?? 0) + 1);
    return counts;
  }

  #dropMemory(): void {
    this.#memory.clear();
    this.#activity.invalidatedAll();
    this.#signal.unwatch();
  }
}

/** A digest of the query as data: parts are quoted, so that no two queries run together. */
function keyOf({ metric, frames, config = {}, indices }: MetricQuery): string {
  const settings = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([metric, frames, settings, indices ?? null]);
  return hash("sha256", text, "base64url");
}

/** Bytes that need no further step. */
// biome-ignore lint/correctness/useYield: there is nothing to wait for
function* done(data: Uint8Array): Generator<void, Uint8Array, void> {
  return data;
}

function allFinite(value: MetricValue): boolean {
  return typeof value === "number" ? Number.isFinite(value) : Object.values(value).every(Number.isFinite);
}

function parseValue(data: Uint8Array): MetricValue | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    if (typeof value === "number") return value;
    return typeof value === "object" && value !== null ? (value as MetricValue) : undefined;
  } catch {
    return undefined;
  }
}
