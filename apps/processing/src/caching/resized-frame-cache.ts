import { hash } from "node:crypto";
import { resizeArea } from "../quality/resize-area.ts";
import { BufferPool, type BufferPoolStats } from "./buffer-pool.ts";
import { CacheActivity } from "./cache-activity.ts";
import { type CacheClock, machineClock } from "./cache-clock.ts";
import { type CacheOptions, emitCacheWarning, type SharedPixelsOptions } from "./cache-options.ts";
import { defaultResizeSignalPath } from "./cache-paths.ts";
import { ClearSignal } from "./clear-signal.ts";
import type { FrameHasher } from "./frame-hash.ts";
import { type LeasedImage, leased } from "./leased-image.ts";
import type { Shrinkable } from "./memory-pressure.ts";
import { MemoryTier } from "./memory-tier.ts";
import { MutationGuard } from "./mutation-guard.ts";
import { type Kernel, resample } from "./resample.ts";
import { ResizeTags } from "./resize-tags.ts";
import { type GreyImage, type RgbaImage, type Size, sameSize } from "./rgba-image.ts";

const MB = 2 ** 20;
/** What an entry takes beside its pixels. */
const ENTRY_BYTES = 200;

/** How pixels of another size are made. `AREA` averages exactly; the others interpolate as OpenCV's of that name. */
export type ResizeMethod = "AREA" | Kernel;

const METHODS: readonly string[] = ["AREA", "LANCZOS4", "CUBIC", "LINEAR", "NEAREST"] satisfies ResizeMethod[];

export interface ResizedFrameCacheOptions extends CacheOptions, SharedPixelsOptions {
  /** False: scratch memory is allocated each time. Default true. */
  readonly poolEnabled?: boolean | undefined;
  /** How images without an `identity` are told apart; default SHA-1 of pixels and shape. `loadFrameHasher()` is faster. */
  readonly hasher?: FrameHasher | undefined;
  /** The file through which other processes empty this cache. Default `~/.giflab_cache/resize_cache.cleared`. */
  readonly clearSignalPath?: string | undefined;
}

export interface ResizeOptions {
  /** Default `AREA`; so is an unknown name. */
  readonly method?: ResizeMethod;
  /** A text that stands for the image's whole content: saves hashing it. */
  readonly identity?: string;
}

export interface ResizedFrameCacheStats {
  readonly hits: number;
  readonly misses: number;
  /** All evictions, and those for age among them. */
  readonly evictions: number;
  readonly ttlEvictions: number;
  /** Hits out of all look-ups, 0 to 1; `undefined` before the first. */
  readonly hitRate: number | undefined;
  readonly entries: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Mean uses of the entries held; `undefined` without entries. */
  readonly averageHitCount: number | undefined;
  readonly bufferPool: BufferPoolStats;
}

type Pixels = Uint8Array | Uint8ClampedArray<ArrayBuffer>;

/**
 * Keeps resized frames in memory, so that several metrics on one pair of frames resize them once.
 *
 * What it returns is shared by everybody who asks and never recycled: nobody may change it. Only scratch memory comes from
 * the pool. Publishes on `giflab:cache` as caches `resize` and `resize.buffer_pool`.
 */
export class ResizedFrameCache implements Shrinkable {
  readonly enabled: boolean;
  /** Scratch memory for whoever works on frames; what was acquired is to be released. */
  readonly pool: BufferPool;
  readonly #clock: CacheClock;
  readonly #memory: MemoryTier<Pixels>;
  readonly #memoryLimitBytes: number;
  readonly #hasher: FrameHasher;
  readonly #signal: ClearSignal;
  readonly #activity: CacheActivity;
  readonly #guard: MutationGuard<Pixels>;
  readonly #tags = new ResizeTags();

  constructor(options: ResizedFrameCacheOptions = {}) {
    this.enabled = options.enabled ?? true;
    this.pool = new BufferPool(options.poolEnabled === false ? 0 : undefined);
    this.#clock = options.clock ?? machineClock;
    this.#memoryLimitBytes = (options.memoryLimitMb ?? 200) * MB;
    this.#activity = new CacheActivity({
      cache: "resize",
      clock: this.#clock,
      memoryLimitBytes: this.#memoryLimitBytes,
      memoryBytes: () => this.#memory.bytes,
    });
    this.#guard = new MutationGuard({
      cache: "resize",
      enabled: options.detectMutation,
      pixels: (pixels) => [pixels],
      onWarning: options.onWarning ?? emitCacheWarning,
    });
    this.#hasher = options.hasher ?? sha1;
    this.#memory = new MemoryTier({
      limitBytes: this.#memoryLimitBytes,
      ttlSeconds: options.ttlSeconds ?? 3600,
      policy: options.evictionPolicy ?? "lru",
      clock: this.#clock,
      slidingTtl: true,
      onEvict: (eviction) => this.#activity.evicted(eviction),
    });
    this.#signal = new ClearSignal(options.clearSignalPath ?? defaultResizeSignalPath(), this.#clock, () =>
      this.#dropMemory(),
    );
  }

  /**
   * The image at another size: from the cache or made now. An image that has the size already is returned as it is, and
   * not counted.
   *
   * @throws RangeError for a size below 1 x 1
   */
  get(image: RgbaImage, size: Size, options: ResizeOptions = {}): RgbaImage {
    if (sameSize(image, size)) return image;
    const method = methodOf(options.method);
    const { width, height } = checked(size);
    const make = (): Uint8ClampedArray<ArrayBuffer> => {
      const target = new Uint8ClampedArray(4 * width * height);
      this.#resize(image, size, method, target);
      return target;
    };
    if (!this.enabled) return { width, height, rgba: make() };
    const key = `${options.identity ?? this.#hasher(image)}:${width}x${height}:${method}`;
    return { width, height, rgba: this.#getOrMake(key, { size, method, make }) };
  }

  /**
   * The same for one use: what is cached is returned from there, but what has to be made is made in scratch memory and
   * not kept.
   */
  lease(image: RgbaImage, size: Size, options: ResizeOptions = {}): LeasedImage {
    const method = methodOf(options.method);
    const { width, height } = checked(size);
    if (sameSize(image, size)) return leased({ width, height, rgba: image.rgba }, () => {});
    if (this.enabled && options.identity !== undefined) {
      const key = `${options.identity}:${width}x${height}:${method}`;
      const known = this.#intact(key, this.#memory.get(key));
      if (known instanceof Uint8ClampedArray) return leased({ width, height, rgba: known }, () => {});
    }
    const buffer = this.pool.acquire(4 * width * height);
    const rgba = new Uint8ClampedArray(buffer);
    this.#resize(image, size, method, rgba);
    return leased({ width, height, rgba }, () => this.pool.release(buffer));
  }

  /**
   * A level of a frame's grey pyramid: from the cache, else what `make` gives, which is kept. `identity` stands for the
   * frame's whole content and for how its levels are made.
   */
  level(identity: string, size: Size, make: () => GreyImage): GreyImage {
    if (!this.enabled) return make();
    const { width, height } = size;
    const pixels = this.#getOrMake(`${identity}:${width}x${height}:GREY`, {
      size,
      method: "GREY",
      make: () => make().pixels,
    });
    return { width, height, pixels };
  }

  /** The `count` entries with the most uses. */
  mostUsed(count = 10): readonly { readonly key: string; readonly hitCount: number; readonly bytes: number }[] {
    return [...this.#memory.entries()]
      .map(({ key, uses, bytes }) => ({ key, hitCount: uses, bytes }))
      .sort((a, b) => b.hitCount - a.hitCount)
      .slice(0, count);
  }

  /** Empties the cache and lets go of idle scratch memory; with `everyProcess`, within a second in all processes. */
  clear(options: { readonly everyProcess?: boolean } = {}): void {
    const began = this.#activity.begin();
    const entries = this.#memory.size;
    this.#dropMemory();
    if (options.everyProcess === true) this.#signal.raise();
    this.#activity.cleared(began, entries);
  }

  stats(): ResizedFrameCacheStats {
    const { hits, misses, evictions, agedEvictions, hitRate } = this.#activity;
    let uses = 0;
    for (const entry of this.#memory.entries()) uses += entry.uses;
    return {
      hits,
      misses,
      evictions,
      ttlEvictions: agedEvictions,
      hitRate,
      entries: this.#memory.size,
      memoryBytes: this.#memory.bytes,
      memoryLimitBytes: this.#memoryLimitBytes,
      averageHitCount: this.#memory.size === 0 ? undefined : uses / this.#memory.size,
      bufferPool: this.pool.stats(),
    };
  }

  /** Entries and idle scratch memory. */
  get memoryBytes(): number {
    return this.#memory.bytes + this.pool.idleBytes;
  }

  /**
   * Lets go of idle scratch memory, then of the entries used longest ago, until `bytes` are free. Returns how many bytes
   * went.
   */
  shrink(bytes: number): number {
    const idle = this.pool.idleBytes;
    this.pool.clear();
    return idle + this.#memory.shrinkTo(this.#memory.bytes - Math.max(0, bytes - idle));
  }

  /** Lets go of all memory. Idempotent. */
  close(): void {
    for (const { key, value } of this.#guard.enabled ? this.#memory.entries() : []) this.#guard.isIntact(key, value);
    this.#dropMemory();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #getOrMake<P extends Pixels>(
    key: string,
    { size, method, make }: { readonly size: Size; readonly method: ResizeMethod | "GREY"; readonly make: () => P },
  ): P {
    const began = this.#activity.begin();
    if (this.#memory.size > 0) this.#signal.check();
    const known = this.#intact(key, this.#memory.get(key));
    const reuse = this.#activity.reuse(began, key);
    const tags = began === undefined ? undefined : this.#tags.of(size, method);
    this.#activity.lookedUp(known === undefined ? "miss" : "hit", began, { reuse, tags });
    // The key names the kind of pixels, so what is found is of the kind that `make` makes.
    if (known !== undefined) return known as P;
    const made = make();
    const putBegan = this.#activity.begin();
    const bytes = made.byteLength + key.length + ENTRY_BYTES;
    this.#activity.weigh(key, bytes);
    const kept = this.#memory.set(key, made, bytes);
    if (kept) {
      this.#signal.watch();
      this.#guard.note(made);
    }
    this.#activity.put(putBegan, { refused: !kept });
    return made;
  }

  #intact(key: string, pixels: Pixels | undefined): Pixels | undefined {
    if (pixels === undefined || this.#guard.isIntact(key, pixels)) return pixels;
    this.#memory.delete(key);
    this.#activity.invalidated(key);
    return undefined;
  }

  #resize(image: RgbaImage, size: Size, method: ResizeMethod, target: Uint8ClampedArray): void {
    if (method === "AREA") resizeArea(image.rgba, image, size, 4, target);
    else resample(image, size, { kernel: method, target, pool: this.pool });
  }

  #dropMemory(): void {
    this.#memory.clear();
    this.#activity.invalidatedAll();
    this.pool.clear();
    this.#signal.unwatch();
  }
}

function methodOf(method: string | undefined): ResizeMethod {
  return METHODS.includes(method ?? "") ? (method as ResizeMethod) : "AREA";
}

function checked(size: Size): Size {
  if (!(Number.isInteger(size.width) && Number.isInteger(size.height) && size.width >= 1 && size.height >= 1)) {
    throw new RangeError(`a size is whole numbers of at least 1, got ${size.width} x ${size.height}`);
  }
  return size;
}

function sha1({ rgba, width, height }: RgbaImage): string {
  return `${hash("sha1", new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength), "base64url")}:${width}x${height}`;
}
