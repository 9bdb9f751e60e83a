import { type CacheMessage, cacheIsObserved, publishCacheMessage } from "./cache-channel.ts";
import type { CacheClock } from "./cache-clock.ts";
import type { Eviction } from "./memory-tier.ts";
import { ReuseDistance } from "./reuse-distance.ts";

/** Hit rates are predicted for caches of up to this many times the present size, and of 1 GB at least. */
const HORIZON = 4;
const LEAST_HORIZON_BYTES = 2 ** 30;

export type CacheTags = Readonly<Record<string, string>>;

export interface CacheActivityOptions {
  /** `frame`, `validation`, `resize`. */
  readonly cache: string;
  readonly clock: CacheClock;
  readonly memoryLimitBytes: number;
  /** What the entries in memory take now. */
  readonly memoryBytes: () => number;
}

/**
 * What a cache did: counted for its `stats()`, and published on `giflab:cache` for whoever listens. While nobody does, a
 * look-up costs the counting and nothing else.
 */
export class CacheActivity {
  readonly #options: CacheActivityOptions;
  readonly #reuse: ReuseDistance;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #agedEvictions = 0;

  constructor(options: CacheActivityOptions) {
    this.#options = options;
    this.#reuse = new ReuseDistance({
      horizonBytes: Math.max(LEAST_HORIZON_BYTES, HORIZON * options.memoryLimitBytes),
    });
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  get evictions(): number {
    return this.#evictions;
  }

  /** Evictions for age among them. */
  get agedEvictions(): number {
    return this.#agedEvictions;
  }

  /** Hits out of all look-ups, 0 to 1; `undefined` before the first. */
  get hitRate(): number | undefined {
    const lookUps = this.#hits + this.#misses;
    return lookUps === 0 ? undefined : this.#hits / lookUps;
  }

  /** Begins an operation: hand the result to the method that says how it ended. Undefined while nobody listens. */
  begin(): number | undefined {
    return cacheIsObserved() ? this.#options.clock.monotonic() : undefined;
  }

  /**
   * The reuse distance of a look-up, to be handed to `lookedUp`. To be called after memory was asked (what is too old is
   * forgotten then) and before the entry is kept.
   */
  reuse(began: number | undefined, key: string): number | undefined {
    return began === undefined ? undefined : this.#reuse.lookUp(key);
  }

  /** Says how a look-up ended. `tags` are made when somebody listens. */
  lookedUp(
    outcome: "hit" | "miss",
    began: number | undefined,
    more: { readonly reuse?: number | undefined; readonly tags?: CacheTags | undefined },
  ): void {
    if (outcome === "hit") this.#hits++;
    else this.#misses++;
    if (began === undefined) return;
    const { reuse, tags } = more;
    this.#publish("get", this.#options.clock.monotonic() - began, {
      outcome,
      ...(tags === undefined ? undefined : { tags }),
      ...(reuse === undefined ? undefined : this.#reuseFields(reuse)),
    });
  }

  /** Says what an entry takes that memory kept, or refused as larger than itself. */
  weigh(key: string, bytes: number): void {
    if (cacheIsObserved()) this.#reuse.weigh(key, bytes);
  }

  /** Says that an entry was put, and whether memory refused it for its size. */
  put(began: number | undefined, more: { readonly refused: boolean; readonly tags?: CacheTags }): void {
    if (began === undefined) return;
    const { tags } = more;
    // A limit of 0 is a tier that is off, not one that is too small.
    const refused = more.refused && this.#options.memoryLimitBytes > 0;
    this.#publish("put", this.#options.clock.monotonic() - began, {
      ...(refused ? { refused } : undefined),
      ...(tags === undefined ? undefined : { tags }),
    });
  }

  /** Says that entries went from memory, for lack of room or for age. */
  evicted({ keys, reason, seconds }: Eviction): void {
    this.#evictions += keys.length;
    if (reason === "age") {
      this.#agedEvictions += keys.length;
      for (const key of keys) this.#reuse.forget(key);
    }
    this.#publish("evict", seconds, { count: keys.length });
  }

  /** Says that an entry is valid no longer: at any size its next look-up misses. */
  invalidated(key: string): void {
    this.#reuse.forget(key);
  }

  /** Says that no entry is valid any longer. */
  invalidatedAll(): void {
    this.#reuse.clear();
  }

  /** Says that the cache was cleared, and counts from zero again. */
  cleared(began: number | undefined, entries: number): void {
    this.#hits = 0;
    this.#misses = 0;
    this.#evictions = 0;
    this.#agedEvictions = 0;
    if (began !== undefined) this.#publish("clear", this.#options.clock.monotonic() - began, { count: entries });
  }

  #reuseFields(distance: number): Pick<CacheMessage, "firstUse" | "reuseDistanceBytes" | "reuseWeight"> {
    const { weight } = this.#reuse;
    const fields = distance === Number.POSITIVE_INFINITY ? { firstUse: true } : { reuseDistanceBytes: distance };
    return weight === 1 ? fields : { ...fields, reuseWeight: weight };
  }

  #publish(operation: CacheMessage["operation"], seconds: number, more: Partial<CacheMessage>): void {
    if (!cacheIsObserved()) return;
    const { cache, memoryLimitBytes, memoryBytes } = this.#options;
    publishCacheMessage({ cache, operation, seconds, memoryBytes: memoryBytes(), memoryLimitBytes, ...more });
  }
}
