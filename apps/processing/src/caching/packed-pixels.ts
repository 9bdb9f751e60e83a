import type { Rectangle } from "./changed-rectangle.ts";

const MAX_COLORS = 256;
const SLOTS = 1024;

/** The pixels of a part of a frame: palette and one index per pixel when there are at most 256 colours, else the pixels. */
export interface PackedPixels {
  /** Colours of the palette; 0: there is none. */
  readonly colors: number;
  readonly bytes: Uint8Array;
}

/** Bytes that `packPixels` makes of an area. */
export function packedLength(colors: number, { width, height }: Rectangle): number {
  return colors === 0 ? 4 * width * height : 4 * colors + width * height;
}

/** Packs `area` of a frame of `stride` pixels a row. About 1 to 4 ns per pixel. */
export function packPixels(frame: Uint32Array, stride: number, area: Rectangle): PackedPixels {
  const palette = new Uint32Array(MAX_COLORS);
  const indices = new Uint8Array(area.width * area.height);
  const slotColor = new Uint32Array(SLOTS);
  const slotIndex = new Int16Array(SLOTS).fill(-1);
  let colors = 0;
  let lastColor = -1;
  let lastIndex = 0;
  for (let y = 0, to = 0; y < area.height; y++) {
    const row = (area.top + y) * stride + area.left;
    for (let at = row; at < row + area.width; at++, to++) {
      const color = frame[at]!;
      if (color !== lastColor) {
        let slot = Math.imul(color, 0x9e3779b1) >>> 22;
        while (slotIndex[slot]! >= 0 && slotColor[slot] !== color) slot = (slot + 1) % SLOTS;
        if (slotIndex[slot]! < 0) {
          if (colors === MAX_COLORS) return { colors: 0, bytes: plainPixels(frame, stride, area) };
          slotColor[slot] = color;
          slotIndex[slot] = colors;
          palette[colors++] = color;
        }
        lastColor = color;
        lastIndex = slotIndex[slot]!;
      }
      indices[to] = lastIndex;
    }
  }
  const bytes = new Uint8Array(4 * colors + indices.length);
  bytes.set(new Uint8Array(palette.buffer, 0, 4 * colors));
  bytes.set(indices, 4 * colors);
  return { colors, bytes };
}

/** Writes packed pixels into `area` of a frame of `stride` pixels a row. About 1 ns per pixel. */
export function unpackPixels(frame: Uint32Array, stride: number, area: Rectangle, packed: PackedPixels): void {
  const { colors, bytes } = packed;
  const { left, top, width, height } = area;
  if (colors === 0) {
    const target = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);
    for (let y = 0; y < height; y++) {
      target.set(bytes.subarray(4 * y * width, 4 * (y + 1) * width), 4 * ((top + y) * stride + left));
    }
    return;
  }
  const palette = new Uint32Array(MAX_COLORS);
  new Uint8Array(palette.buffer).set(bytes.subarray(0, 4 * colors));
  for (let y = 0, from = 4 * colors; y < height; y++) {
    const row = (top + y) * stride + left;
    for (let at = row; at < row + width; at++, from++) frame[at] = palette[bytes[from]!]!;
  }
}

function plainPixels(frame: Uint32Array, stride: number, { left, top, width, height }: Rectangle): Uint8Array {
  const bytes = new Uint8Array(4 * width * height);
  const source = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);
  for (let y = 0; y < height; y++) {
    const start = 4 * ((top + y) * stride + left);
    bytes.set(source.subarray(start, start + 4 * width), 4 * y * width);
  }
  return bytes;
}
