import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { alignFrames } from "../../src/comparison/align-frames.ts";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { GifFrame } from "../../src/gif/decoded-gif.ts";
import { encodeGif } from "../../src/gif/encode-gif.ts";

const WIDTH = 64;
const HEIGHT = 48;
const folder = mkdtempSync(join(tmpdir(), "giflab-align-"));
afterAll(() => rmSync(folder, { recursive: true }));

function isInstalled(program: string, flag: string): boolean {
  try {
    execFileSync(program, [flag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A disc that moves, stands still for a while, and moves again, at a changing pace: 60 frames of three colours. */
function original(): Uint8Array<ArrayBuffer> {
  let place = 0;
  const frames = Array.from({ length: 60 }, (_, t): GifFrame => {
    if (t % 12 < 7) place++;
    const rgba = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
    for (let at = 0; at < WIDTH * HEIGHT; at++) {
      const inside = ((at % WIDTH) - place - 8) ** 2 + (Math.floor(at / WIDTH) - 20) ** 2 < 25;
      rgba.set(inside ? [250, 200, 20, 255] : at > 2500 ? [20, 60, 20, 255] : [90, 140, 220, 255], 4 * at);
    }
    return { rgba, delaySeconds: t % 5 === 0 ? 0.12 : 0.04 };
  });
  return encodeGif(frames, { width: WIDTH, height: HEIGHT });
}

const source = join(folder, "original.gif");
writeFileSync(source, original());
const before = decodeGifBytes(new Uint8Array(readFileSync(source)));

function squaredError(a: GifFrame, b: GifFrame): number {
  return a.rgba.reduce((sum, value, at) => sum + (value - b.rgba[at]!) ** 2, 0);
}

interface Aligned {
  readonly frames: number;
  /** Pairs whose frames are not the same in every pixel. */
  readonly different: number;
  /** Pairs whose result frame is more like another original. */
  readonly wrong: number;
}

async function align(path: string): Promise<Aligned> {
  const after = decodeGifBytes(new Uint8Array(readFileSync(path)));
  const pairs = await alignFrames(before, after, { take: async () => {} });
  const errors = pairs.map((pair) => {
    const result = after.frames[pair.result]!;
    const own = squaredError(before.frames[pair.original]!, result);
    return { own, least: Math.min(...before.frames.map((frame) => squaredError(frame, result))) };
  });
  return {
    frames: after.frames.length,
    different: errors.filter(({ own }) => own > 0).length,
    wrong: errors.filter(({ own, least }) => own > least).length,
  };
}

/** Aligns what a tool makes of the original. */
async function alignOutput(program: string, args: (output: string) => readonly string[]): Promise<Aligned> {
  const output = join(folder, `${program}.gif`);
  execFileSync(program, args(output), { stdio: "ignore" });
  return await align(output);
}

describe.runIf(isInstalled("gifsicle", "--version"))("alignFrames and gifsicle", () => {
  it("pairs equal pictures when equal neighbours were merged and all delays changed", async () => {
    const aligned = await alignOutput("gifsicle", (output) => ["-O3", "--delay=9", source, "-o", output]);
    expect(aligned).toMatchObject({ different: 0, wrong: 0 });
    expect(aligned.frames).toBeLessThan(60);
  });

  it("pairs equal pictures when frames were dropped and the delays of the others left as they were", async () => {
    const kept = Array.from({ length: 60 }, (_, at) => at).filter((at) => at % 4 !== 2 && at % 7 !== 3);
    const picks = kept.map((at) => `#${at}`);
    const aligned = await alignOutput("gifsicle", (output) => ["--unoptimize", source, ...picks, "-o", output]);
    expect(aligned).toEqual({ frames: kept.length, different: 0, wrong: 0 });
  });
});

describe.runIf(isInstalled("ffmpeg", "-version"))("alignFrames and ffmpeg", () => {
  const palette = "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse=dither=none";
  const filter =
    (graph: string, ...more: readonly string[]) =>
    (output: string) => ["-y", "-i", source, "-filter_complex", graph, ...more, output];

  it("pairs the most alike when equal neighbours were merged and colours were rounded", async () => {
    const merged = filter(`mpdecimate=hi=1:lo=1:frac=0,${palette}`, "-fps_mode", "vfr");
    const aligned = await alignOutput("ffmpeg", merged);
    expect(aligned.wrong).toBe(0);
    expect(aligned.frames).toBeLessThan(60);
  });

  it("pairs equal pictures when frames were taken at a steady rate", async () => {
    const { different, wrong } = await alignOutput("ffmpeg", filter(`fps=10,${palette}`));
    expect({ different, wrong }).toEqual({ different: 0, wrong: 0 });
  });
});
