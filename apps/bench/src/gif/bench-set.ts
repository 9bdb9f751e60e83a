import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeGif, type GifFrame } from "@giflab/processing";
import { type BenchScene, paintScene, SCENES } from "./bench-scenes.ts";

/** How big a cold decode is: figures are reported per class. */
export type SizeClass = "small" | "medium" | "large";

/** A GIF of the bench set, on disk. */
export interface BenchGif {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sizeClass: SizeClass;
  /** From another decoder's test suite, not made here. */
  readonly real: boolean;
}

/** Real files, used when the corpus stands beside the repository. */
const REAL: readonly { readonly name: string; readonly file: string; readonly sizeClass: SizeClass }[] = [
  { name: "real-hopper", file: "pillow-animated_hopper.gif", sizeClass: "small" },
  { name: "real-squares", file: "sharp-rotating-squares.gif", sizeClass: "small" },
  { name: "real-muybridge", file: "wuffs-gifplayer-muybridge.gif", sizeClass: "large" },
];

/** Raised when a scene changes, so that files made before are not taken for it. */
const VERSION = 1;

/**
 * The animations every figure is measured on: synthetic ones (made once, kept in the folder for temporary files) and the
 * real ones of the corpus when it is there.
 */
export async function loadBenchSet(): Promise<readonly BenchGif[]> {
  const folder = join(tmpdir(), `giflab-bench-set-${VERSION}`);
  await mkdir(folder, { recursive: true });
  const gifs: BenchGif[] = [];
  for (const scene of SCENES) {
    const path = join(folder, `${scene.name}.gif`);
    if (!existsSync(path)) await make(scene, path);
    gifs.push(await load(scene.name, path, scene.sizeClass, false));
  }
  const shared = process.env["GIFLAB_SHARED"] ?? fileURLToPath(new URL("../../../../../shared", import.meta.url));
  const corpus = join(shared, "corpus/public");
  for (const { name, file, sizeClass } of REAL) {
    const path = join(corpus, file);
    if (existsSync(path)) gifs.push(await load(name, path, sizeClass, true));
  }
  if (!gifs.some(({ real }) => real)) console.log("the corpus of real GIFs is not there: synthetic ones only");
  return gifs;
}

async function make(scene: BenchScene, path: string): Promise<void> {
  const frames: GifFrame[] = Array.from({ length: scene.frames }, (_, t) => paintScene(scene, t));
  const unfinished = `${path}.${process.pid}.part`;
  await writeFile(unfinished, encodeGif(frames, { width: scene.width, height: scene.height }));
  await rename(unfinished, path);
}

async function load(name: string, path: string, sizeClass: SizeClass, real: boolean): Promise<BenchGif> {
  return { name, path, bytes: new Uint8Array(await readFile(path)), sizeClass, real };
}
