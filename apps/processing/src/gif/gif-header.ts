import { GifError } from "./gif-error.ts";

/** Bytes of signature and logical screen descriptor. */
export const HEADER_BYTES = 13;

/** What stands at the start of every GIF. */
export interface GifHeader {
  readonly version: string;
  readonly width: number;
  readonly height: number;
  /** Colours of the global table that follows the header; 0: there is none. */
  readonly globalSize: number;
}

/**
 * @param bytes the file, or as much of its start as there is
 * @throws GifError `NOT_A_GIF` without a GIF signature, `CORRUPT` when the file ends inside its header
 */
export function readHeader(bytes: Uint8Array): GifHeader {
  const version = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(6, bytes.length)).toString("latin1");
  if (!version.startsWith("GIF")) {
    throw new GifError(
      "NOT_A_GIF",
      bytes.length === 0 ? "the file is empty" : "not a GIF: it does not start with GIF87a or GIF89a",
    );
  }
  if (bytes.length < HEADER_BYTES) {
    throw new GifError("CORRUPT", `the file ends inside its header (${bytes.length} bytes)`);
  }
  const flags = bytes[10]!;
  return { version, width: u16(bytes, 6), height: u16(bytes, 8), globalSize: tableSize(flags) };
}

/** A number of two bytes, little endian. */
export function u16(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8);
}

/** Colours of the table that the flags of a screen or an image announce. */
export function tableSize(flags: number): number {
  return flags & 0x80 ? 2 << (flags & 7) : 0;
}

/** A screen without area takes the extent of the first image, as browsers do. */
export function screenOf(
  { width, height }: { readonly width: number; readonly height: number },
  first: { readonly left: number; readonly top: number; readonly width: number; readonly height: number } | undefined,
): { readonly width: number; readonly height: number } {
  if (width * height > 0 || first === undefined || first.width * first.height === 0) return { width, height };
  return { width: width || first.left + first.width, height: height || first.top + first.height };
}

export function screenWarning(
  said: { readonly width: number; readonly height: number },
  taken: { readonly width: number; readonly height: number },
): string {
  return `the screen is ${said.width} x ${said.height}: taken as ${taken.width} x ${taken.height}`;
}
