import { crc32 } from "node:zlib";

/** Pixels as a guard looks at them. */
export type GuardedPixels = Uint8Array | Readonly<Uint8ClampedArray<ArrayBuffer>>;

export interface MutationGuardOptions<V extends object> {
  /** `frame`, `resize`. */
  readonly cache: string;
  /** False: everything counts as intact, and nothing is looked at. */
  readonly enabled: boolean | undefined;
  readonly pixels: (value: V) => Iterable<GuardedPixels>;
  readonly onWarning: (message: string) => void;
}

/** Finds entries whose shared pixels somebody wrote to, by a checksum from when they were kept. */
export class MutationGuard<V extends object> {
  readonly #options: MutationGuardOptions<V>;
  readonly #enabled: boolean;
  readonly #checksums = new WeakMap<V, number>();

  constructor(options: MutationGuardOptions<V>) {
    this.#options = options;
    this.#enabled = options.enabled ?? process.env["GIFLAB_CACHE_DEBUG"] === "1";
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** Remembers the pixels of a value as they are. */
  note(value: V): void {
    if (this.#enabled) this.#checksums.set(value, this.#checksum(value));
  }

  /** Whether the pixels of a value are as they were; warns, with the key, when they are not. */
  isIntact(key: string, value: V): boolean {
    if (!this.#enabled) return true;
    const noted = this.#checksums.get(value);
    if (noted === undefined || noted === this.#checksum(value)) return true;
    this.#checksums.delete(value);
    this.#options.onWarning(
      `somebody wrote to the pixels of ${key} in the ${this.#options.cache} cache: they are shared by everybody who asks ` +
        "for them, so take a copy (slice()) before changing them. The entry was dropped.",
    );
    return false;
  }

  #checksum(value: V): number {
    let checksum = 0;
    for (const { buffer, byteOffset, byteLength } of this.#options.pixels(value)) {
      checksum = crc32(new Uint8Array(buffer, byteOffset, byteLength), checksum);
    }
    return checksum;
  }
}
