import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import type { GifSource } from "./gif-source.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import { encodePng } from "./sharp-module.ts";

const PREVIEW_SIDE = 256;
/** sharp encodes in threads of its own. */
const FRAMES_AT_ONCE = 4;
/** Much faster than the usual 6, for files up to twice as large. */
const FRAME_COMPRESSION = 1;

/** Where everything about one GIF goes: its file's name and the first 8 digits of its hash. */
export function gifFolder(runFolder: string, { path, sha }: GifSource): string {
  const name = basename(path)
    .replace(/\.gif$/i, "")
    .replace(/[^\w.-]+/g, "_");
  return join(runFolder, `${name || "gif"}-${sha.slice(0, 8)}`);
}

/**
 * Makes the folder of a GIF with what it holds beside the results: `original.gif`, `preview.png` and, if wanted, every
 * frame as `frames/000.png`. Where sharp does not run there are no PNG files.
 *
 * @throws the file system's error
 */
export async function fillGifFolder(
  folder: string,
  source: GifSource,
  gif: DecodedGif,
  options: { readonly extractFrames: boolean; readonly services: PipelineServices; readonly pause: Pausing },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "original.gif"), source.bytes);
  const [first] = gif.frames;
  if (first === undefined) return;
  const { width, height } = gif;
  const preview = await options.services.preview({ rgba: first.rgba, width, height }, PREVIEW_SIDE);
  if (preview === undefined) return;
  await writeFile(join(folder, "preview.png"), preview);
  if (!options.extractFrames) return;
  await mkdir(join(folder, "frames"), { recursive: true });
  const frames = gif.frames.entries();
  const writeFrames = async (): Promise<void> => {
    for (const [position, { rgba }] of frames) {
      const png = await encodePng({ rgba, width, height }, FRAME_COMPRESSION);
      if (png !== undefined) await writeFile(join(folder, "frames", `${String(position).padStart(3, "0")}.png`), png);
      await options.pause.take();
    }
  };
  await Promise.all(Array.from({ length: FRAMES_AT_ONCE }, writeFrames));
}

interface Pausing {
  take(): Promise<void>;
}
