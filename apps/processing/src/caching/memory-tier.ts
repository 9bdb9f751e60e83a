import type { CacheClock } from "./cache-clock.ts";
import { type Ordered, UseOrder } from "./use-order.ts";

/**
 * Which entry goes first when room is needed.
 *
 * - `lru`: the one used longest ago.
 * - `slru`: segmented: entries used once go before entries used again (those have 80 % of the room), so that a pass over
 *   many files does not push out the ones in steady use.
 */
export type EvictionPolicy = "lru" | "slru";

const PROTECTED_SHARE = 0.8;

interface Entry<V> extends Ordered<Entry<V>> {
  readonly key: string;
  readonly value: V;
  readonly bytes: number;
  createdAt: number;
  uses: number;
  /** Used again since it was kept: with `slru` only. */
  isProtected: boolean;
}

/** Entries that went. */
export interface Eviction {
  readonly keys: readonly string[];
  readonly reason: "room" | "age" | "pressure";
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
  /** Told after entries went by themselves or for lack of memory (not for `delete` and `clear`). */
  readonly onEvict?: (eviction: Eviction) => void;
}

/** Entries of known size in memory, bounded by bytes and age. Every operation is O(1) but for what it evicts. */
export class MemoryTier<V> {
  readonly #options: MemoryTierOptions;
  readonly #entries = new Map<string, Entry<V>>();
  /** With `lru` only the first is in use. */
  readonly #probation = new UseOrder<Entry<V>>();
  readonly #protected = new UseOrder<Entry<V>>();
  #bytes = 0;
  #protectedBytes = 0;

  constructor(options: MemoryTierOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, now the most recently used one; `undefined` when there is none or it is too old (then it is gone). */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#options.clock.now() - entry.createdAt >= this.#options.ttlSeconds) {
      const began = this.#options.clock.monotonic();
      this.delete(key);
      this.#options.onEvict?.({ keys: [key], reason: "age", seconds: this.#options.clock.monotonic() - began });
      return undefined;
    }
    entry.uses++;
    if (this.#options.slidingTtl === true) entry.createdAt = this.#options.clock.now();
    this.#use(entry);
    return entry.value;
  }

  /** Whether it is there and young enough; does not count as a use. */
  has(key: string): boolean {
    const entry = this.#entries.get(key);
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
    this.#evict(this.#options.limitBytes - bytes, "room");
    const entry: Entry<V> = {
      key,
      value,
      bytes,
      createdAt,
      uses: 0,
      isProtected: false,
      before: undefined,
      after: undefined,
    };
    this.#entries.set(key, entry);
    this.#probation.add(entry);
    this.#bytes += bytes;
    return true;
  }

  /** Lets the entries next to go go, until at most `bytes` are left. Returns how many bytes went. */
  shrinkTo(bytes: number): number {
    const before = this.#bytes;
    this.#evict(Math.max(0, bytes), "pressure");
    return before - this.#bytes;
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    if (entry.isProtected) this.#protectedBytes -= entry.bytes;
    (entry.isProtected ? this.#protected : this.#probation).remove(entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#probation.clear();
    this.#protected.clear();
    this.#bytes = 0;
    this.#protectedBytes = 0;
  }

  /** Keys with the number of uses and bytes, from the next to be evicted to the last. */
  *entries(): Generator<{ readonly key: string; readonly value: V; readonly bytes: number; readonly uses: number }> {
    yield* this.#probation;
    yield* this.#protected;
  }

  #use(entry: Entry<V>): void {
    if (this.#options.policy === "lru") {
      this.#probation.remove(entry);
      this.#probation.add(entry);
      return;
    }
    (entry.isProtected ? this.#protected : this.#probation).remove(entry);
    if (!entry.isProtected) this.#protectedBytes += entry.bytes;
    entry.isProtected = true;
    this.#protected.add(entry);
    for (const demoted of this.#protected) {
      if (this.#protectedBytes <= this.#options.limitBytes * PROTECTED_SHARE || demoted === entry) break;
      this.#protected.remove(demoted);
      this.#protectedBytes -= demoted.bytes;
      demoted.isProtected = false;
      this.#probation.add(demoted);
    }
  }

  #evict(limit: number, reason: "room" | "pressure"): void {
    if (this.#bytes <= limit) return;
    const began = this.#options.clock.monotonic();
    const keys: string[] = [];
    while (this.#bytes > limit) {
      const { key } = (this.#probation.oldest ?? this.#protected.oldest)!;
      this.delete(key);
      keys.push(key);
    }
    this.#options.onEvict?.({ keys, reason, seconds: this.#options.clock.monotonic() - began });
  }
}
