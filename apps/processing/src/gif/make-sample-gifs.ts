import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GifFrame } from "./decoded-gif.ts";
import { encodeGif } from "./encode-gif.ts";
import { SAMPLE_SCENES, type SampleScene } from "./sample-scenes.ts";

const DELAY_SECONDS = 0.05;

function paintFrame({ width, height, paint }: SampleScene, t: number): GifFrame {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const color = paint(x, y, t);
      if (color === undefined) continue;
      rgba[at] = color[0] & 255;
      rgba[at + 1] = color[1] & 255;
      rgba[at + 2] = color[2] & 255;
      rgba[at + 3] = 255;
    }
  }
  return { rgba, delaySeconds: DELAY_SECONDS };
}

/** The bytes of one synthetic GIF; the same scene always gives the same bytes. */
export function makeSampleGif(scene: SampleScene): Uint8Array<ArrayBuffer> {
  const frames = Array.from({ length: scene.frames }, (_, t) => paintFrame(scene, t));
  return encodeGif(frames, { width: scene.width, height: scene.height });
}

/**
 * Writes the built-in GIFs (17, about 2 MB) into `folder`, which is created, and returns their paths.
 * Files that are there already stay as they are, so that caches keyed on them stay warm.
 *
 * @throws the file system's error when the folder cannot be written
 */
export async function makeSampleGifs(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const scene of SAMPLE_SCENES) {
    const path = join(folder, `${scene.name}.gif`);
    paths.push(path);
    const present = await stat(path).catch(() => undefined);
    if (present?.isFile() && present.size > 0) continue;
    // Renamed into place: a run that is interrupted leaves no half a GIF, and two at once do not mix.
    const unfinished = `${path}.${process.pid}.part`;
    await writeFile(unfinished, makeSampleGif(scene));
    await rename(unfinished, path);
  }
  return paths;
}
