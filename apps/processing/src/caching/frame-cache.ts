import { resolve } from "node:path";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { CacheActivity } from "./cache-activity.ts";
import { type CacheClock, machineClock } from "./cache-clock.ts";
import { defaultFrameCachePath } from "./cache-paths.ts";
import { ClearSignal } from "./clear-signal.ts";
import { DiskTier } from "./disk-tier.ts";
import { type FileVersion, fileVersion } from "./file-version.ts";
import { type Eviction, type EvictionPolicy, MemoryTier } from "./memory-tier.ts";
import { loadGif, STORED_GIF_FORMAT, storeGif } from "./stored-gif.ts";

const MB = 2 ** 20;
/** What an entry takes beside its pixels. */
const ENTRY_BYTES = 256;
const MEMORY = { tier: "memory" };
const DISK = { tier: "disk" };

export interface FrameCacheOptions {
  /** False: every look-up is an uncounted miss and nothing is kept. Default true. */
  readonly enabled?: boolean | undefined;
  /** Decoded pixels in memory, in MB (2^20 bytes). Default 500; 0 turns the tier off. */
  readonly memoryLimitMb?: number | undefined;
  /** Packed frames on disk. Default 2000; 0 turns the tier off. */
  readonly diskLimitMb?: number | undefined;
  /** Age, counted from the decode, at which an entry is no longer used. Default 86400 (24 h). */
  readonly ttlSeconds?: number | undefined;
  /** Default `~/.giflab_cache/frame_cache.db`; the folder is made. */
  readonly diskPath?: string | undefined;
  readonly evictionPolicy?: EvictionPolicy | undefined;
  readonly clock?: CacheClock | undefined;
  /** Told once per kind of trouble with the disk. Default: `process.emitWarning`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface FrameOptions {
  /** The limit the frames were or would be decoded with; another limit is another entry. */
  readonly maxFrames?: number | undefined;
}

/** Makes the frames when the cache has none. */
export type FrameDecoder = (path: string, options: { readonly maxFrames?: number }) => DecodedGif | Promise<DecodedGif>;

/** What this process's cache did and holds. */
export interface FrameCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly totalAccesses: number;
  /** Hits out of all look-ups, 0 to 1; `undefined` before the first. */
  readonly hitRate: number | undefined;
  readonly memoryEntries: number;
  readonly memoryBytes: number;
  readonly diskEntries: number;
  readonly diskBytes: number;
}

export interface WarmReport {
  readonly warmed: number;
  /** In the cache already. */
  readonly present: number;
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

export interface WarmOptions extends FrameOptions {
  readonly decode: FrameDecoder;
  /** Called after each file. */
  readonly onProgress?: (path: string) => void;
}

/**
 * Keeps decoded frames of GIF files in memory and, packed, on disk, where other processes find them.
 *
 * An entry belongs to absolute path, modification time (ns), size, inode and `maxFrames`: a changed file is a miss. The
 * frames it returns are shared by everybody who asks: nobody may change them. A memory hit costs one stat and a map look-up
 * at any size. Publishes on `giflab:cache` as cache `frame`.
 */
export class FrameCache {
  readonly enabled: boolean;
  readonly #clock: CacheClock;
  readonly #ttlSeconds: number;
  readonly #memory: MemoryTier<DecodedGif>;
  readonly #disk: DiskTier;
  readonly #signal: ClearSignal;
  /** Keys in memory by path, to drop versions of a file that are no longer. */
  readonly #keys = new Map<string, Map<string, string>>();
  readonly #decoding = new Map<string, Promise<DecodedGif>>();
  readonly #activity: CacheActivity;

  constructor(options: FrameCacheOptions = {}) {
    const diskPath = options.diskPath ?? defaultFrameCachePath();
    this.enabled = options.enabled ?? true;
    this.#clock = options.clock ?? machineClock;
    this.#ttlSeconds = options.ttlSeconds ?? 86_400;
    const memoryLimitBytes = (options.memoryLimitMb ?? 500) * MB;
    this.#activity = new CacheActivity({
      cache: "frame",
      clock: this.#clock,
      memoryLimitBytes,
      memoryBytes: () => this.#memory.bytes,
    });
    this.#memory = new MemoryTier({
      limitBytes: memoryLimitBytes,
      ttlSeconds: this.#ttlSeconds,
      policy: options.evictionPolicy ?? "lru",
      clock: this.#clock,
      onEvict: (eviction) => this.#evicted(eviction),
    });
    this.#disk = new DiskTier({
      path: diskPath,
      limitBytes: this.enabled ? (options.diskLimitMb ?? 2000) * MB : 0,
      ttlSeconds: this.#ttlSeconds,
      clock: this.#clock,
      onWarning: options.onWarning ?? ((message) => process.emitWarning(message, "GiflabCacheWarning")),
    });
    this.#signal = new ClearSignal(`${diskPath}.cleared`, this.#clock, () => {
      this.#disk.dropWaiting();
      this.#dropMemory();
    });
  }

  /** The frames of a file, or `undefined`. A missing file is an uncounted miss. */
  get(path: string, options: FrameOptions = {}): DecodedGif | undefined {
    if (!this.enabled) return undefined;
    const file = fileVersion(path);
    return file === undefined ? undefined : this.#lookUp(file, options.maxFrames);
  }

  /**
   * Keeps frames that were decoded from the file as it is now. Memory refuses entries larger than its limit; the disk
   * follows soon. Returns whether it was kept in memory.
   */
  put(path: string, gif: DecodedGif, options: FrameOptions = {}): boolean {
    const file = this.enabled ? fileVersion(path) : undefined;
    return file !== undefined && this.#keep(file, gif, options.maxFrames);
  }

  /**
   * The frames of a file: from the cache, else from `decode`, which is called once however many ask at the same time. Not
   * kept when the file changed meanwhile. Rejects with what `decode` throws.
   */
  async getOrDecode(path: string, decode: FrameDecoder, options: FrameOptions = {}): Promise<DecodedGif> {
    const { maxFrames } = options;
    const limits = maxFrames === undefined ? {} : { maxFrames };
    const file = this.enabled ? fileVersion(path) : undefined;
    if (file === undefined) return decode(path, limits);
    const cached = this.#lookUp(file, maxFrames);
    if (cached !== undefined) return cached;
    const key = keyOf(file, maxFrames);
    const running = this.#decoding.get(key);
    if (running !== undefined) return running;
    const decoding = this.#decode(file, () => decode(path, limits), maxFrames);
    this.#decoding.set(key, decoding);
    try {
      return await decoding;
    } finally {
      this.#decoding.delete(key);
    }
  }

  /**
   * A text that stands for the decoded content of the file as it is now, for the keys of other caches: append the frame's
   * index, and what was done to it. `undefined` when there is no such file.
   */
  identify(path: string, options: FrameOptions = {}): string | undefined {
    const file = fileVersion(path);
    return file === undefined ? undefined : keyOf(file, options.maxFrames);
  }

  /** Drops everything of a file, in memory now and on disk. Resolves to the number of entries that went from disk. */
  async invalidate(path: string): Promise<number> {
    const absolute = resolve(path);
    for (const key of this.#keys.get(absolute)?.keys() ?? []) this.#drop(key);
    this.#keys.delete(absolute);
    return (await this.#disk.remove(absolute)) ?? 0;
  }

  /**
   * Empties the cache: memory at once, the disk before it resolves, and the memory of all processes that use this disk
   * file within a second. Resolves to false when the disk could not be cleared (locked for over a second, or unusable).
   *
   * @param options.memoryOnly keep what is on disk; with `everyProcess` (default: only without `memoryOnly`) others drop
   * their memory too
   */
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

  /** Decodes the files that are not cached yet, one after the other. A file that fails is reported, never thrown. */
  async warm(paths: readonly string[], options: WarmOptions): Promise<WarmReport> {
    let warmed = 0;
    let present = 0;
    const failed: { path: string; reason: string }[] = [];
    for (const path of paths) {
      try {
        const file = fileVersion(path);
        if (file === undefined) throw new Error(`no such file: ${path}`);
        const { maxFrames } = options;
        const key = keyOf(file, maxFrames);
        // Not a look-up: warming is not to lower the hit rate.
        if (this.#memory.has(key) || this.#disk.has(key)) present++;
        else {
          await this.#decode(file, () => options.decode(path, maxFrames === undefined ? {} : { maxFrames }), maxFrames);
          // One at a time through the queue, so that a long list holds no memory.
          await this.#disk.flush();
          warmed++;
        }
      } catch (error) {
        failed.push({ path, reason: error instanceof Error ? error.message : String(error) });
      }
      options.onProgress?.(path);
    }
    return { warmed, present, failed };
  }

  stats(): FrameCacheStats {
    const disk = this.#disk.usage();
    const { hits, misses, evictions, hitRate } = this.#activity;
    return {
      hits,
      misses,
      evictions,
      totalAccesses: hits + misses,
      hitRate,
      memoryEntries: this.#memory.size,
      memoryBytes: this.#memory.bytes,
      diskEntries: disk?.entries ?? 0,
      diskBytes: disk?.bytes ?? 0,
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

  #lookUp(file: FileVersion, maxFrames: number | undefined): DecodedGif | undefined {
    const began = this.#activity.begin();
    if (this.#memory.size > 0) this.#signal.check();
    this.#dropOtherVersions(file);
    const key = keyOf(file, maxFrames);
    let gif = this.#memory.get(key);
    const tags = gif === undefined ? DISK : MEMORY;
    const reuse = this.#activity.reuse(began, key);
    gif ??= this.#fromDisk(key, file);
    if (gif === undefined) this.#activity.lookedUp("miss", began, { reuse });
    else this.#activity.lookedUp("hit", began, { reuse, tags });
    return gif;
  }

  #fromDisk(key: string, file: FileVersion): DecodedGif | undefined {
    const stored = this.#disk.get(key);
    if (stored === undefined) return undefined;
    try {
      if (stored.format !== STORED_GIF_FORMAT) throw new RangeError(`stored GIF: unknown format ${stored.format}`);
      const gif = loadGif(stored.data);
      this.#remember(key, file, gif, stored.createdAt);
      return gif;
    } catch {
      this.#disk.delete(key);
      return undefined;
    }
  }

  async #decode(
    file: FileVersion,
    decode: () => DecodedGif | Promise<DecodedGif>,
    maxFrames: number | undefined,
  ): Promise<DecodedGif> {
    const gif = await decode();
    if (fileVersion(file.path)?.version === file.version) this.#keep(file, gif, maxFrames);
    return gif;
  }

  #keep(file: FileVersion, gif: DecodedGif, maxFrames: number | undefined): boolean {
    const began = this.#activity.begin();
    const key = keyOf(file, maxFrames);
    const createdAt = this.#clock.now();
    const kept = this.#remember(key, file, gif, createdAt);
    this.#disk.put({
      key,
      label: file.path,
      variant: file.version,
      format: STORED_GIF_FORMAT,
      createdAt,
      encode: () => storeGif(gif),
      heldBytes: pixelBytes(gif),
    });
    this.#activity.put(began, { refused: !kept });
    return kept;
  }

  #remember(key: string, file: FileVersion, gif: DecodedGif, createdAt: number): boolean {
    this.#dropOtherVersions(file);
    const bytes = pixelBytes(gif) + ENTRY_BYTES;
    this.#activity.weigh(key, bytes);
    if (!this.#memory.set(key, gif, bytes, createdAt)) return false;
    let keys = this.#keys.get(file.path);
    if (keys === undefined) {
      keys = new Map();
      this.#keys.set(file.path, keys);
    }
    keys.set(key, file.version);
    this.#signal.watch();
    return true;
  }

  #dropOtherVersions(file: FileVersion): void {
    const keys = this.#keys.get(file.path);
    if (keys === undefined) return;
    for (const [key, version] of keys) {
      if (version === file.version) continue;
      this.#drop(key);
      keys.delete(key);
    }
    if (keys.size === 0) this.#keys.delete(file.path);
  }

  #drop(key: string): void {
    this.#memory.delete(key);
    this.#activity.invalidated(key);
  }

  #dropMemory(): void {
    this.#memory.clear();
    this.#activity.invalidatedAll();
    this.#keys.clear();
    this.#signal.unwatch();
  }

  #evicted(eviction: Eviction): void {
    for (const key of eviction.keys) {
      const path = pathOf(key);
      const ofPath = this.#keys.get(path);
      ofPath?.delete(key);
      if (ofPath?.size === 0) this.#keys.delete(path);
    }
    this.#activity.evicted(eviction);
  }
}

function keyOf(file: FileVersion, maxFrames: number | undefined): string {
  return `${file.version}:${maxFrames ?? "all"}:${file.path}`;
}

/** The path in a key: what follows its fourth colon. */
function pathOf(key: string): string {
  let at = -1;
  for (let colon = 0; colon < 4; colon++) at = key.indexOf(":", at + 1);
  return key.slice(at + 1);
}

function pixelBytes(gif: DecodedGif): number {
  return 4 * gif.width * gif.height * gif.frames.length;
}
