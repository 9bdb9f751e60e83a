import type { CacheClock } from "./cache-clock.ts";
import type { EvictionPolicy } from "./memory-tier.ts";

/** What every cache can be told. */
export interface CacheOptions {
  /** False: everything is made anew, nothing is counted and nothing kept. Default true. */
  readonly enabled?: boolean | undefined;
  /** In MB (2^20 bytes); 0 turns the memory tier off. Default: 500 for frames, 100 for validation, 200 for resized frames. */
  readonly memoryLimitMb?: number | undefined;
  /** Age at which an entry is no longer used. Default: 24 h for frames, 48 h for validation, 1 h unused for resized frames. */
  readonly ttlSeconds?: number | undefined;
  /** Default `lru`. */
  readonly evictionPolicy?: EvictionPolicy | undefined;
  readonly clock?: CacheClock | undefined;
  /** Told once per kind of trouble. Default: `process.emitWarning`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What a cache with a disk tier can be told besides. */
export interface DiskCacheOptions extends CacheOptions {
  /** In MB; 0 turns the disk tier off. Default: 2000 for frames, 1000 for validation. */
  readonly diskLimitMb?: number | undefined;
  /** Default: in `~/.giflab_cache`; the folder is made. */
  readonly diskPath?: string | undefined;
}

/** What a cache whose pixels are shared can be told besides. */
export interface SharedPixelsOptions {
  /**
   * For finding code that writes to shared pixels: those of an entry are hashed when it is kept, and checked when it is
   * handed out again and at close. An entry that was written to is dropped, its look-up is a miss, and a warning names it.
   * Costs reading all its pixels each time. Default: whether `GIFLAB_CACHE_DEBUG` is 1.
   */
  readonly detectMutation?: boolean | undefined;
}

/** What clearing a cache can be told. */
export interface ClearOptions {
  /** Keep what is on disk. Default false. */
  readonly memoryOnly?: boolean;
  /** Within a second all processes that use this disk file drop their memory too. Default: not with `memoryOnly`. */
  readonly everyProcess?: boolean;
}

/** The default of `onWarning`. */
export function emitCacheWarning(message: string): void {
  process.emitWarning(message, "GiflabCacheWarning");
}
