import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Every zstd frame begins with these, which therefore need not be stored (RFC 8878, 3.1.1). */
const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const LEVEL = 9;
/** Unpacking takes 20 us, which a few bytes less are not worth. */
const WORTHWHILE = 0.93;
/** What one piece may unpack to at most: damage must not fill memory. */
const LARGEST = 2 ** 27;
/** Shorter pieces than this are never made shorter. */
const SHORTEST = 12;
/** zlib asks for no less. */
const SMALLEST_PIECE = 64;

/** Bytes with zstd applied if that makes them much shorter. */
export interface PackedBytes {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

/** Compresses bytes if that makes them much shorter. */
export function packBytes(bytes: Uint8Array): PackedBytes {
  if (bytes.length < SHORTEST) return { bytes, compressed: false };
  const frame = compress(bytes);
  const shorter = frame.subarray(MAGIC.length);
  return shorter.length < bytes.length * WORTHWHILE
    ? { bytes: shorter, compressed: true }
    : { bytes, compressed: false };
}

/** Appends packed bytes with their length in front. */
export function writePacked(writer: ByteWriter, { bytes, compressed }: PackedBytes): void {
  writer.varint(bytes.length * 2 + (compressed ? 1 : 0));
  writer.bytes(bytes);
}

/** Reads and unpacks what `writePacked` wrote. Throws a `RangeError` for bytes that make no sense. */
export function readPacked(reader: ByteReader): Uint8Array {
  const head = reader.varint();
  const bytes = reader.bytes(Math.floor(head / 2));
  if (head % 2 === 0) return bytes;
  try {
    return zlib().zstdDecompressSync(Buffer.concat([MAGIC, bytes]), { maxOutputLength: LARGEST });
  } catch (cause) {
    throw new RangeError("compressed bytes cannot be unpacked", { cause });
  }
}

function compress(bytes: Uint8Array): Buffer {
  const { constants, zstdCompressSync } = zlib();
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_contentSizeFlag]: 0 };
  // What comes out is taken in pieces of this size, 16 KB if nothing is said, each of them garbage for the next collection.
  return zstdCompressSync(bytes, { params, chunkSize: Math.max(SMALLEST_PIECE, bytes.length) });
}

/** Loaded when something is packed or unpacked: that takes 2 ms, and the last minutes of a store are not packed. */
function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}
