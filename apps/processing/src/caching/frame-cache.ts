import { resolve } from "node:path";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { drawnBytes, undrawnBytes } from "../gif/lazy-gif.ts";
import { type CacheClock, machineClock } from "./cache-clock.ts";
import { type ClearOptions, emitCacheWarning } from "./cache-options.ts";
import { defaultFrameCachePath } from "./cache-paths.ts";
import { CacheTiers } from "./cache-tiers.ts";
import { sha1Content } from "./content-hash.ts";
import { FileContents } from "./file-content.ts";
import { type FileVersion, fileVersion } from "./file-version.ts";
import type {
  FrameCacheOptions,
  FrameCacheStats,
  FrameDecoder,
  FrameOptions,
  WarmOptions,
  WarmReport,
} from "./frame-cache-options.ts";
import { KeysBySubject } from "./keys-by-subject.ts";
import type { Shrinkable } from "./memory-pressure.ts";
import { MutationGuard } from "./mutation-guard.ts";
import { loadGif, STORED_GIF_FORMAT, storeGif } from "./stored-gif.ts";

/** What an entry takes beside its pixels. */
const ENTRY_BYTES = 256;
const MEMORY = { tier: "memory" };
const DISK = { tier: "disk" };

/**
 * Keeps decoded frames of GIF files in memory and, packed, on disk, where other processes find them.
 *
 * An entry belongs to absolute path, modification time (ns), size, inode and `maxFrames` (or, by option, to the file's
 * bytes): a changed file is a miss. The frames it returns are shared by everybody who asks: nobody may change them. A memory
 * hit costs one stat and a map look-up at any size. Publishes on `giflab:cache` as cache `frame`.
 */
export class FrameCache implements Shrinkable {
  readonly enabled: boolean;
  readonly #clock: CacheClock;
  readonly #tiers: CacheTiers<DecodedGif>;
  readonly #guard: MutationGuard<DecodedGif>;
  readonly #contents: FileContents | undefined;
  /** Keys in memory, to drop versions of a file that are no longer. */
  readonly #keys = new KeysBySubject();
  readonly #decoding = new Map<string, Promise<DecodedGif>>();

  constructor(options: FrameCacheOptions = {}) {
    this.enabled = options.enabled ?? true;
    this.#clock = options.clock ?? machineClock;
    this.#contents = options.keyBy === "content" ? new FileContents(options.contentHasher ?? sha1Content) : undefined;
    this.#guard = new MutationGuard({
      cache: "frame",
      enabled: options.detectMutation,
      pixels: (gif) => gif.frames.map(({ rgba }) => rgba),
      onWarning: options.onWarning ?? emitCacheWarning,
    });
    this.#tiers = new CacheTiers({
      ...options,
      cache: "frame",
      enabled: this.enabled,
      memoryLimitMb: options.memoryLimitMb ?? 500,
      diskLimitMb: options.diskLimitMb ?? 2000,
      ttlSeconds: options.ttlSeconds ?? 86_400,
      diskPath: options.diskPath ?? defaultFrameCachePath(),
      onGone: (keys) => {
        if (keys === undefined) this.#keys.clear();
        else for (const key of keys) this.#keys.remove(key);
      },
    });
  }

  /** The frames of a file, or `undefined`. A missing file is an uncounted miss. */
  get(path: string, options: FrameOptions = {}): DecodedGif | undefined {
    if (!this.enabled) return undefined;
    const file = this.#fileAt(path);
    return file === undefined ? undefined : this.#lookUp(file, options.maxFrames);
  }

  /**
   * Keeps frames that were decoded from the file as it is now. Memory refuses entries larger than its limit; the disk
   * follows soon. Returns whether it was kept in memory.
   */
  put(path: string, gif: DecodedGif, options: FrameOptions = {}): boolean {
    const file = this.enabled ? this.#fileAt(path) : undefined;
    return file !== undefined && this.#keep(file, gif, options.maxFrames);
  }

  /**
   * The frames of a file: from the cache, else from `decode`, which is called once however many ask at the same time. Not
   * kept when the file changed meanwhile. Rejects with what `decode` throws.
   */
  async getOrDecode(path: string, decode: FrameDecoder, options: FrameOptions = {}): Promise<DecodedGif> {
    const { maxFrames } = options;
    const limits = maxFrames === undefined ? {} : { maxFrames };
    const file = this.enabled ? this.#fileAt(path) : undefined;
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
    const file = this.#fileAt(path);
    return file === undefined ? undefined : keyOf(file, options.maxFrames);
  }

  /**
   * Drops everything of a file (by `content`: of its present bytes, whatever files have them), in memory now and on disk.
   * Resolves to the number of entries that went from disk.
   */
  async invalidate(path: string): Promise<number> {
    const subject = this.#contents === undefined ? resolve(path) : this.#contents.of(path)?.subject;
    if (subject === undefined) return 0;
    for (const key of this.#keys.of(subject)) this.#forget(key);
    return (await this.#tiers.disk.remove(subject)) ?? 0;
  }

  /**
   * Empties the cache: memory at once, the disk before it resolves, and the memory of all processes that use this disk
   * file within a second. Resolves to false when the disk could not be cleared (locked for over a second, or unusable).
   */
  async clear(options: ClearOptions = {}): Promise<boolean> {
    return this.#tiers.clear(options);
  }

  /** Decodes the files that are not cached yet, one after the other. A file that fails is reported, never thrown. */
  async warm(paths: readonly string[], options: WarmOptions): Promise<WarmReport> {
    let warmed = 0;
    let present = 0;
    const failed: { path: string; reason: string }[] = [];
    for (const path of paths) {
      try {
        const file = this.#fileAt(path);
        if (file === undefined) throw new Error(`no such file: ${path}`);
        const { maxFrames } = options;
        const key = keyOf(file, maxFrames);
        // Not a look-up: warming is not to lower the hit rate.
        if (this.#tiers.memory.has(key) || this.#tiers.disk.has(key)) present++;
        else {
          await this.#decode(file, () => options.decode(path, maxFrames === undefined ? {} : { maxFrames }), maxFrames);
          // One at a time through the queue, so that a long list holds no memory.
          await this.#tiers.disk.flush();
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
    const disk = this.#tiers.disk.usage();
    const { hits, misses, evictions, hitRate } = this.#tiers.activity;
    return {
      hits,
      misses,
      evictions,
      totalAccesses: hits + misses,
      hitRate,
      memoryEntries: this.#tiers.memory.size,
      memoryBytes: this.#tiers.memory.bytes,
      diskEntries: disk?.entries ?? 0,
      diskBytes: disk?.bytes ?? 0,
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
    for (const { key, value } of this.#guard.enabled ? this.#tiers.memory.entries() : [])
      this.#guard.isIntact(key, value);
    await this.#tiers.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #lookUp(file: FileVersion, maxFrames: number | undefined): DecodedGif | undefined {
    const { activity, memory, disk } = this.#tiers;
    const began = activity.begin();
    this.#tiers.checkSignal();
    this.#dropOtherVersions(file);
    const key = keyOf(file, maxFrames);
    let gif = memory.get(key);
    if (gif !== undefined && !this.#guard.isIntact(key, gif)) {
      gif = undefined;
      this.#forget(key);
      // It may have been written to before it was stored.
      disk.delete(key);
      activity.lookedUp("miss", began, { reuse: activity.reuse(began, key) });
      return undefined;
    }
    const tags = gif === undefined ? DISK : MEMORY;
    const reuse = activity.reuse(began, key);
    gif ??= this.#fromDisk(key, file);
    if (gif === undefined) activity.lookedUp("miss", began, { reuse });
    else activity.lookedUp("hit", began, { reuse, tags });
    return gif;
  }

  #fromDisk(key: string, file: FileVersion): DecodedGif | undefined {
    const stored = this.#tiers.disk.get(key);
    if (stored === undefined) return undefined;
    try {
      if (stored.format !== STORED_GIF_FORMAT) throw new RangeError(`stored GIF: unknown format ${stored.format}`);
      const gif = loadGif(stored.data);
      this.#remember(key, file, gif, stored.createdAt);
      return gif;
    } catch {
      this.#tiers.disk.delete(key);
      return undefined;
    }
  }

  async #decode(
    file: FileVersion,
    decode: () => DecodedGif | Promise<DecodedGif>,
    maxFrames: number | undefined,
  ): Promise<DecodedGif> {
    const gif = await decode();
    const now = this.#fileAt(file.path);
    if (now?.version === file.version && now.subject === file.subject) this.#keep(file, gif, maxFrames);
    return gif;
  }

  #keep(file: FileVersion, gif: DecodedGif, maxFrames: number | undefined): boolean {
    const began = this.#tiers.activity.begin();
    const key = keyOf(file, maxFrames);
    const createdAt = this.#clock.now();
    const kept = this.#remember(key, file, gif, createdAt);
    const stored = storeGif(gif);
    this.#tiers.disk.put({
      key,
      label: file.subject,
      variant: file.version,
      format: STORED_GIF_FORMAT,
      createdAt,
      encode: () => stored,
      heldBytes: undrawnBytes(gif),
    });
    this.#tiers.activity.put(began, { refused: !kept });
    return kept;
  }

  #remember(key: string, file: FileVersion, gif: DecodedGif, createdAt: number): boolean {
    this.#dropOtherVersions(file);
    if (!this.#tiers.remember(key, gif, drawnBytes(gif) + ENTRY_BYTES, createdAt)) return false;
    this.#keys.add(key, file);
    this.#guard.note(gif);
    return true;
  }

  #fileAt(path: string): FileVersion | undefined {
    return this.#contents === undefined ? fileVersion(path) : this.#contents.of(path);
  }

  #dropOtherVersions({ subject, version }: FileVersion): void {
    for (const key of this.#keys.of(subject, version)) this.#forget(key);
  }

  #forget(key: string): void {
    this.#tiers.forget(key);
    this.#keys.remove(key);
  }
}

function keyOf(file: FileVersion, maxFrames: number | undefined): string {
  return `${file.version}:${maxFrames ?? "all"}:${file.subject}`;
}
