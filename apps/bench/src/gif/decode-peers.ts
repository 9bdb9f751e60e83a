import { decompressFrames, type ParsedFrame, parseGIF } from "gifuct-js";
import { GifReader } from "omggif";
import sharp from "sharp";

/** All frames of a GIF in full RGBA, as a user of another library gets them: one array a frame. */
export type PeerDecoder = (bytes: Uint8Array<ArrayBuffer>) => Promise<readonly Uint8Array[]> | readonly Uint8Array[];

/** The other decoders, each used as its documentation says; where it gives patches, composited as its users have to. */
export const DECODE_PEERS: Readonly<Record<string, PeerDecoder>> = {
  omggif: (bytes) => {
    const reader = new GifReader(bytes as Buffer<ArrayBuffer>);
    const canvas = new Uint8Array(4 * reader.width * reader.height);
    const frames: Uint8Array[] = [];
    let undo: (() => void) | undefined;
    for (let index = 0; index < reader.numFrames(); index++) {
      undo?.();
      const { x, y, width, height, disposal } = reader.frameInfo(index);
      undo = disposer(canvas, reader.width, { left: x, top: y, width, height }, disposal);
      reader.decodeAndBlitFrameRGBA(index, canvas);
      frames.push(canvas.slice());
    }
    return frames;
  },
  "gifuct-js": (bytes) => {
    const parsed = parseGIF(bytes.buffer);
    const { width, height } = parsed.lsd;
    const canvas = new Uint8Array(4 * width * height);
    let undo: (() => void) | undefined;
    return decompressFrames(parsed, true).map((frame) => {
      undo?.();
      undo = disposer(canvas, width, frame.dims, frame.disposalType);
      drawPatch(canvas, width, height, frame);
      return canvas.slice();
    });
  },
  sharp: async (bytes) => {
    const image = sharp(bytes, { animated: true, limitInputPixels: false }).ensureAlpha().raw();
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    // All frames in one array, one below the other.
    const frames = info.pages ?? 1;
    const size = data.length / frames;
    return Array.from({ length: frames }, (_, index) => data.subarray(index * size, (index + 1) * size));
  },
};

/** libvips would keep results, and a second decode of the same bytes might not be one. */
export function turnOffPeerCaches(): void {
  sharp.cache(false);
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a disposal method does before the next frame; nothing for "keep". */
function disposer(canvas: Uint8Array, width: number, area: Area, disposal: number): (() => void) | undefined {
  if (disposal === 2) return () => eachRow(canvas, width, area, (row) => row.fill(0));
  if (disposal !== 3) return undefined;
  const before = canvas.slice();
  return () => canvas.set(before);
}

function eachRow(canvas: Uint8Array, width: number, area: Area, change: (row: Uint8Array) => void): void {
  const bottom = Math.min(area.top + area.height, canvas.length / (4 * width));
  const right = Math.min(area.left + area.width, width);
  for (let y = area.top; y < bottom; y++) change(canvas.subarray(4 * (y * width + area.left), 4 * (y * width + right)));
}

function drawPatch(canvas: Uint8Array, width: number, height: number, { dims, patch }: ParsedFrame): void {
  const rows = Math.min(dims.height, height - dims.top);
  const columns = Math.min(dims.width, width - dims.left);
  // Whole pixels at a time, as any user who looks at a profile does.
  const from = new Uint32Array(patch.buffer, patch.byteOffset, patch.length >> 2);
  const to = new Uint32Array(canvas.buffer);
  for (let row = 0; row < rows; row++) {
    let source = row * dims.width;
    let target = (dims.top + row) * width + dims.left;
    for (const end = source + columns; source < end; source++, target++) {
      if (from[source]! >>> 24 !== 0) to[target] = from[source]!;
    }
  }
}
