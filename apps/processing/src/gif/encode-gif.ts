import { changedArea } from "./changed-area.ts";
import type { GifFrame } from "./decoded-gif.ts";
import { gifenc } from "./gifenc.ts";
import { buildPalette, hasTransparency, NearestColor, type Rgb } from "./palette.ts";

/** How an animation is written. */
export interface EncodeGifOptions {
  readonly width: number;
  readonly height: number;
  /** 0 (default) plays forever, n repeats n times, -1 plays once. */
  readonly loopCount?: number;
  /** Most opaque colours in the one palette of all frames, 2 to 256 (default). Fewer colours in the frames: lossless. */
  readonly colors?: number;
}

const MAX_COLORS = 256;
const KEEP = 1;
const CLEAR = 2;

function checkOptions(frames: readonly GifFrame[], { width, height, colors = MAX_COLORS }: EncodeGifOptions): void {
  if (frames.length === 0) throw new RangeError("encodeGif needs at least one frame");
  if (!(Number.isInteger(colors) && colors >= 2 && colors <= MAX_COLORS)) {
    throw new RangeError(`colors must be a whole number from 2 to 256, got ${colors}`);
  }
  for (const side of [width, height]) {
    if (!(Number.isInteger(side) && side >= 1 && side <= 65_535)) {
      throw new RangeError(`width and height must be whole numbers from 1 to 65535, got ${width} x ${height}`);
    }
  }
  const wrong = frames.findIndex((frame) => frame.rgba.length !== 4 * width * height);
  if (wrong >= 0)
    throw new RangeError(
      `frame ${wrong} has ${frames[wrong]!.rgba.length} bytes, ${width} x ${height} RGBA needs ${4 * width * height}`,
    );
}

/** `area` of a `width` wide picture, pixels equal to `before` replaced by `transparentIndex`. */
function cutOut(
  before: Uint8Array,
  after: Uint8Array,
  width: number,
  area: { left: number; top: number; width: number; height: number },
  transparentIndex: number,
): Uint8Array {
  const cut = new Uint8Array(area.width * area.height);
  for (let y = 0, to = 0; y < area.height; y++) {
    let from = (area.top + y) * width + area.left;
    for (let x = 0; x < area.width; x++, from++, to++) {
      cut[to] = before[from] === after[from] ? transparentIndex : after[from]!;
    }
  }
  return cut;
}

/**
 * Writes an animation as a GIF with one palette, on gifenc's LZW. From the second frame on only what changed is
 * stored; an animation with transparent pixels (alpha below 128) is stored in whole frames instead.
 * Delays are rounded to 1/100 s (at least one). Decoding the result gives the frames back exactly when they have no
 * more than `colors` colours (255 if some pixels are transparent).
 *
 * @throws RangeError for no frames, a frame of another size, or an option out of range
 */
export function encodeGif(frames: readonly GifFrame[], options: EncodeGifOptions): Uint8Array<ArrayBuffer> {
  checkOptions(frames, options);
  const { width, height, loopCount = 0, colors = MAX_COLORS } = options;
  const transparent = hasTransparency(frames);
  const palette: readonly Rgb[] = buildPalette(frames, transparent ? Math.min(colors, MAX_COLORS - 1) : colors);
  // A slot for "as before" or "nothing", unless 256 colours leave none.
  const slot = palette.length < MAX_COLORS ? palette.length : -1;
  const table = palette.map((color) => [...color]);
  if (slot >= 0) table.push([0, 0, 0]);
  const colorDepth = Math.max(2, Math.ceil(Math.log2(table.length)));
  const nearest = new NearestColor(palette);
  const encoder = gifenc.GIFEncoder();
  let before: Uint8Array | undefined;
  for (const frame of frames) {
    const delay = 10 * Math.max(1, Math.round(frame.delaySeconds * 100));
    const indices = nearest.map(frame.rgba, Math.max(0, slot));
    const common = {
      delay,
      colorDepth,
      transparent: slot >= 0,
      transparentIndex: slot,
      dispose: transparent ? CLEAR : KEEP,
    };
    if (before === undefined) {
      encoder.writeFrame(indices, width, height, { ...common, palette: table, repeat: loopCount });
    } else if (transparent || slot < 0) {
      encoder.writeFrame(indices, width, height, common);
    } else {
      const area = changedArea(before, indices, width) ?? { left: 0, top: 0, width: 1, height: 1 };
      const start = encoder.bytesView().length;
      encoder.writeFrame(cutOut(before, indices, width, area, slot), area.width, area.height, common);
      // gifenc always writes position 0, 0: it stands behind the 8-byte control extension and the image separator.
      new DataView(encoder.buffer).setUint16(start + 9, area.left, true);
      new DataView(encoder.buffer).setUint16(start + 11, area.top, true);
    }
    before = indices;
  }
  encoder.finish();
  return encoder.bytes();
}
