/** An image to put into a hand-made GIF; indices are written with literal LZW codes only. */
export interface ImageSpec {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  readonly indices: readonly number[];
  /** 0 none, 1 keep, 2 background, 3 previous. */
  readonly disposal?: number;
  readonly delayHundredths?: number;
  readonly transparentIndex?: number;
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
}

const u16 = (value: number): number[] => [value & 255, value >> 8];

/** LZW without compression: a clear code before every literal keeps the codes three bits wide (indices 0 to 3). */
function literalCodes(indices: readonly number[]): number[] {
  const bytes = [2];
  const packed: number[] = [];
  let bits = 0;
  let count = 0;
  const put = (code: number): void => {
    bits |= code << count;
    for (count += 3; count >= 8; count -= 8, bits >>= 8) packed.push(bits & 255);
  };
  for (const index of indices) {
    put(4);
    put(index);
  }
  put(5);
  if (count > 0) packed.push(bits & 255);
  for (let at = 0; at < packed.length; at += 255) {
    const block = packed.slice(at, at + 255);
    bytes.push(block.length, ...block);
  }
  return [...bytes, 0];
}

/** A GIF built by hand, with a global palette of black, red, green and white. */
export function gifBytes(
  screen: { readonly width: number; readonly height: number; readonly loops?: number; readonly trailer?: boolean },
  images: readonly ImageSpec[],
): Uint8Array<ArrayBuffer> {
  const bytes = [...Buffer.from("GIF89a"), ...u16(screen.width), ...u16(screen.height), 0xf1, 0, 0];
  bytes.push(0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255);
  if (screen.loops !== undefined)
    bytes.push(0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0"), 3, 1, ...u16(screen.loops), 0);
  for (const image of images) {
    const { left = 0, top = 0, width, height, disposal = 0, delayHundredths = 10, transparentIndex, palette } = image;
    const flags = (disposal << 2) | (transparentIndex === undefined ? 0 : 1);
    bytes.push(0x21, 0xf9, 4, flags, ...u16(delayHundredths), transparentIndex ?? 0, 0);
    const shape = (image.interlaced === true ? 0x40 : 0) | (palette === undefined ? 0 : 0x81);
    bytes.push(0x2c, ...u16(left), ...u16(top), ...u16(width), ...u16(height), shape, ...(palette ?? []));
    bytes.push(...literalCodes(image.indices));
  }
  if (screen.trailer !== false) bytes.push(0x3b);
  return Uint8Array.from(bytes);
}

const LETTERS = new Map([
  ["0,0,0,255", "k"],
  ["255,0,0,255", "r"],
  ["0,255,0,255", "g"],
  ["255,255,255,255", "w"],
  ["0,0,0,0", "."],
]);

/** A frame as letters: k black, r red, g green, w white, . transparent, ? anything else. */
export function letters(rgba: ArrayLike<number>): string {
  let text = "";
  for (let at = 0; at < rgba.length; at += 4) {
    text += LETTERS.get([rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]].join(",")) ?? "?";
  }
  return text;
}
