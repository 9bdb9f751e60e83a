import { CacheActivity } from "./cache-activity.ts";
import { machineClock } from "./cache-clock.ts";
import { type ClearOptions, type DiskCacheOptions, emitCacheWarning } from "./cache-options.ts";
import { ClearSignal } from "./clear-signal.ts";
import { DiskTier } from "./disk-tier.ts";
import { MemoryTier } from "./memory-tier.ts";

const MB = 2 ** 20;

/** Options as they hold, and what is to be done along with the tiers. */
export interface CacheTiersOptions extends DiskCacheOptions {
  /** `frame`, `validation`. */
  readonly cache: string;
  readonly enabled: boolean;
  readonly memoryLimitMb: number;
  readonly diskLimitMb: number;
  readonly diskPath: string;
  readonly ttlSeconds: number;
  /** Told which entries went from memory by themselves, and `undefined` when all are gone. */
  readonly onGone?: (keys: readonly string[] | undefined) => void;
}

/** A memory tier over a disk tier that processes share, with what happens to both at once. */
export class CacheTiers<V> {
  readonly activity: CacheActivity;
  readonly memory: MemoryTier<V>;
  readonly disk: DiskTier;
  readonly #options: CacheTiersOptions;
  readonly #signal: ClearSignal;

  constructor(options: CacheTiersOptions) {
    const { cache, enabled, memoryLimitMb, diskLimitMb, diskPath, ttlSeconds, clock = machineClock } = options;
    const limitBytes = memoryLimitMb * MB;
    this.#options = options;
    this.activity = new CacheActivity({
      cache,
      clock,
      memoryLimitBytes: limitBytes,
      memoryBytes: () => this.memory.bytes,
    });
    this.memory = new MemoryTier({
      limitBytes,
      ttlSeconds,
      policy: options.evictionPolicy ?? "lru",
      clock,
      onEvict: (eviction) => {
        options.onGone?.(eviction.keys);
        this.activity.evicted(eviction);
      },
    });
    this.disk = new DiskTier({
      path: diskPath,
      limitBytes: enabled ? diskLimitMb * MB : 0,
      ttlSeconds,
      clock,
      onWarning: options.onWarning ?? emitCacheWarning,
    });
    this.#signal = new ClearSignal(`${diskPath}.cleared`, clock, () => {
      this.disk.dropWaiting();
      this.dropMemory();
    });
  }

  /** Whether there is a disk tier. */
  get hasDisk(): boolean {
    return this.#options.enabled && this.#options.diskLimitMb > 0;
  }

  /** To be called before each look-up: another process may have cleared the cache. */
  checkSignal(): void {
    if (this.memory.size > 0) this.#signal.check();
  }

  /** Tells other processes to drop their memory. */
  raiseSignal(): void {
    this.#signal.raise();
  }

  /** Keeps an entry in memory; false when memory refuses it for its size. */
  remember(key: string, value: V, bytes: number, createdAt: number): boolean {
    this.activity.weigh(key, bytes);
    const kept = this.memory.set(key, value, bytes, createdAt);
    if (kept) this.#signal.watch();
    return kept;
  }

  /** Lets entries go from memory until it has freed `bytes`, or has nothing left. Returns how many bytes went. */
  shrink(bytes: number): number {
    return this.memory.shrinkTo(this.memory.bytes - bytes);
  }

  /** Drops an entry from memory that is valid no longer. */
  forget(key: string): void {
    this.memory.delete(key);
    this.activity.invalidated(key);
  }

  /**
   * Empties memory at once and the disk before it resolves: to false when the disk could not be cleared (locked for over a
   * second, or unusable).
   */
  async clear({ memoryOnly = false, everyProcess = !memoryOnly }: ClearOptions): Promise<boolean> {
    const began = this.activity.begin();
    const entries = this.memory.size;
    this.dropMemory();
    const cleared = memoryOnly || (await this.disk.remove()) !== undefined;
    if (everyProcess) this.#signal.raise();
    this.activity.cleared(began, entries);
    return cleared;
  }

  dropMemory(): void {
    this.memory.clear();
    this.activity.invalidatedAll();
    this.#options.onGone?.(undefined);
    this.#signal.unwatch();
  }

  /** Writes what waits and lets go of memory and file. Idempotent. */
  async close(): Promise<void> {
    await this.disk.close();
    this.dropMemory();
  }
}
