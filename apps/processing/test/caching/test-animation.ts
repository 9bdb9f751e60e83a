import { writeFileSync } from "node:fs";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { SeededRandom } from "./seeded-random.ts";

/** An animation whose pixels depend on `seed`: few colours, or with `colors` above 256 any. */
export function animation(
  seed: number,
  {
    width = 8,
    height = 6,
    frames = 3,
    colors = 16,
  }: { width?: number; height?: number; frames?: number; colors?: number } = {},
): DecodedGif {
  const random = new SeededRandom(seed);
  return {
    width,
    height,
    frames: Array.from({ length: frames }, (_, index) => ({
      rgba: Uint8ClampedArray.from({ length: 4 * width * height }, (_, at) =>
        at % 4 === 3 ? 255 : colors > 256 ? random.below(256) : random.below(2) * (seed % 200) + index,
      ),
      delaySeconds: 0.04 + index / 100,
    })),
    frameCount: frames,
    loopCount: 0,
    warnings: seed % 2 === 0 ? [] : ["image 2: data missing"],
  };
}

/** A file for the cache to look at; what is in it does not matter to the cache. */
export function writeSource(path: string, content = "GIF89a"): string {
  writeFileSync(path, content);
  return path;
}
