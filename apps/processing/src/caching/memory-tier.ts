import type { CacheClock } from "./cache-clock.ts";

/**
 * Which entry goes first when room is needed.
 *
 * - `lru`: the one used longest ago.
 * - `slru`: segmented: entries used once go before entries used again (those have 80 % of the room), so that a pass over
 *   many files does not push out the ones in steady use.
 */
export type EvictionPolicy = "lru" | "slru";

const PROTECTED_SHARE = 0.8;

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  createdAt: number;
  uses: number;
}

/** Entries that went. */
export interface Eviction {
  readonly keys: readonly string[];
  readonly reason: "room" | "age";
  /** How long removing them took. */
  readonly seconds: number;
}

export interface MemoryTierOptions {
  readonly limitBytes: number;
  readonly ttlSeconds: number;
  readonly policy: EvictionPolicy;
  readonly clock: CacheClock;
  /** The age that TTL bounds starts anew with every hit. Default false: age since `put`. */
  readonly slidingTtl?: boolean;
  /** Told after entries went for lack of room or for age (not for `delete` and `clear`). */
  readonly onEvict?: (eviction: Eviction) => void;
}

/** Entries of known size in memory, bounded by bytes and age. Every operation is O(1) but for what it evicts. */
export class MemoryTier<V> {
  readonly #options: MemoryTierOptions;
  /** Both in order of use, the oldest first. With `lru` only the first is in use. */
  readonly #probation = new Map<string, Entry<V>>();
  readonly #protected = new Map<string, Entry<V>>();
  #bytes = 0;
  #protectedBytes = 0;

  constructor(options: MemoryTierOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#probation.size + this.#protected.size;
  }

  /** The value, now the most recently used one; `undefined` when there is none or it is too old (then it is gone). */
  get(key: string): V | undefined {
    const entry = this.#probation.get(key) ?? this.#protected.get(key);
    if (entry === undefined) return undefined;
    if (this.#options.clock.now() - entry.createdAt >= this.#options.ttlSeconds) {
      const began = this.#options.clock.monotonic();
      this.delete(key);
      this.#options.onEvict?.({ keys: [key], reason: "age", seconds: this.#options.clock.monotonic() - began });
      return undefined;
    }
    entry.uses++;
    if (this.#options.slidingTtl === true) entry.createdAt = this.#options.clock.now();
    this.#use(key, entry);
    return entry.value;
  }

  /** Whether it is there and young enough; does not count as a use. */
  has(key: string): boolean {
    const entry = this.#probation.get(key) ?? this.#protected.get(key);
    return entry !== undefined && this.#options.clock.now() - entry.createdAt < this.#options.ttlSeconds;
  }

  /**
   * Keeps a value, making room first. Refuses (returns false) what is larger than the whole tier: that would empty it for
   * nothing. An older value of the same key goes either way.
   *
   * @param createdAt epoch seconds from which its age counts; default now
   */
  set(key: string, value: V, bytes: number, createdAt: number = this.#options.clock.now()): boolean {
    this.delete(key);
    if (bytes > this.#options.limitBytes) return false;
    this.#evict(this.#options.limitBytes - bytes);
    this.#probation.set(key, { value, bytes, createdAt, uses: 0 });
    this.#bytes += bytes;
    return true;
  }

  delete(key: string): boolean {
    const entry = this.#probation.get(key) ?? this.#protected.get(key);
    if (entry === undefined) return false;
    if (!this.#probation.delete(key)) {
      this.#protected.delete(key);
      this.#protectedBytes -= entry.bytes;
    }
    this.#bytes -= entry.bytes;
    return true;
  }

  clear(): void {
    this.#probation.clear();
    this.#protected.clear();
    this.#bytes = 0;
    this.#protectedBytes = 0;
  }

  /** Keys with the number of uses and bytes, from the next to be evicted to the last. */
  *entries(): Generator<{ readonly key: string; readonly value: V; readonly bytes: number; readonly uses: number }> {
    for (const tier of [this.#probation, this.#protected]) {
      for (const [key, { value, bytes, uses }] of tier) yield { key, value, bytes, uses };
    }
  }

  #use(key: string, entry: Entry<V>): void {
    if (this.#options.policy === "lru") {
      this.#probation.delete(key);
      this.#probation.set(key, entry);
      return;
    }
    if (!this.#protected.delete(key)) {
      this.#probation.delete(key);
      this.#protectedBytes += entry.bytes;
    }
    this.#protected.set(key, entry);
    for (const [oldest, demoted] of this.#protected) {
      if (this.#protectedBytes <= this.#options.limitBytes * PROTECTED_SHARE || oldest === key) break;
      this.#protected.delete(oldest);
      this.#protectedBytes -= demoted.bytes;
      this.#probation.set(oldest, demoted);
    }
  }

  #evict(limit: number): void {
    if (this.#bytes <= limit) return;
    const began = this.#options.clock.monotonic();
    const keys: string[] = [];
    for (const tier of [this.#probation, this.#protected]) {
      for (const key of tier.keys()) {
        if (this.#bytes <= limit) break;
        this.delete(key);
        keys.push(key);
      }
    }
    this.#options.onEvict?.({ keys, reason: "room", seconds: this.#options.clock.monotonic() - began });
  }
}
