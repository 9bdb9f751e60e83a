import type { DecodedGif } from "../gif/decoded-gif.ts";
import type { DiskCacheOptions, SharedPixelsOptions } from "./cache-options.ts";
import type { ContentHasher } from "./content-hash.ts";

export interface FrameCacheOptions extends DiskCacheOptions, SharedPixelsOptions {
  /**
   * What an entry belongs to.
   *
   * - `version` (default): path, modification time in ns, size and inode. A look-up costs one stat.
   * - `content`: a hash of the file's bytes, so that a copied, moved or touched file hits. A look-up of a file whose version
   *   was seen before costs the same; of another, reading and hashing the file: about 0.25 ms per MB (0.9 with SHA-1) where the system has it in memory.
   */
  readonly keyBy?: "version" | "content" | undefined;
  /** Of `content`: the hash. Default SHA-1; `loadContentHasher()` is faster. */
  readonly contentHasher?: ContentHasher | undefined;
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
