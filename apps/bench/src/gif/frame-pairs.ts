import { decodeGif, type RgbaImage } from "@giflab/processing";
import type { BenchGif } from "./bench-set.ts";

/** A frame and what a lossy step might make of it. */
export interface FramePair {
  readonly original: RgbaImage;
  readonly result: RgbaImage;
}

/** Frames of a GIF, each beside itself with coarser colours: more of them the larger `lost` is (0 to 6 bits). */
export async function framePairs(gif: BenchGif, count: number, lost = 3): Promise<readonly FramePair[]> {
  const { width, height, frames } = await decodeGif(gif.path);
  const mask = (0xff << lost) & 0xff;
  return frames.slice(0, count).map(({ rgba }) => ({
    original: { rgba, width, height },
    result: { rgba: rgba.map((value, at) => (at % 4 === 3 ? value : value & mask)), width, height },
  }));
}
