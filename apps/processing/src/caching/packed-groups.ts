import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Level 1: on GIF frames three times as fast as level 3 for a tenth more bytes. */
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** Bytes that are packed together: many small images in one go. */
const GROUP_BYTES = 256 * 1024;
/** What packing makes no smaller than this share stays as it is: it would cost more to unpack than to read. */
const WORTH_PACKING = 15 / 16;

/** Bytes packed group by group as they come. */
export class PackedGroups {
  readonly sizes: (readonly [bytes: number, packedBytes: number])[] = [];
  readonly packed: Uint8Array[] = [];
  #open: Uint8Array[] = [];
  #openBytes = 0;

  /** Adds bytes that are never parted. Returns whether that made a group full, which then has been packed. */
  add(bytes: Uint8Array): boolean {
    this.#open.push(bytes);
    this.#openBytes += bytes.byteLength;
    if (this.#openBytes < GROUP_BYTES) return false;
    this.close();
    return true;
  }

  /** Packs what is open: what comes next begins another group. */
  close(): void {
    if (this.#openBytes > 0) {
      const plain = this.#open.length === 1 ? this.#open[0]! : Buffer.concat(this.#open);
      const compressed = zstdCompressSync(plain, FASTEST);
      const packed = compressed.byteLength < WORTH_PACKING * plain.byteLength ? compressed : plain;
      this.sizes.push([plain.byteLength, packed.byteLength]);
      this.packed.push(packed);
    }
    this.#open = [];
    this.#openBytes = 0;
  }
}

/** A group as it was before it was packed, of `bytes` bytes. */
export function unpackGroup(packed: Uint8Array, bytes: number): Uint8Array {
  if (packed.byteLength === bytes) return packed;
  // One piece of output, or the result is put together from many.
  return zstdDecompressSync(packed, { maxOutputLength: bytes, chunkSize: Math.max(64, bytes) });
}
