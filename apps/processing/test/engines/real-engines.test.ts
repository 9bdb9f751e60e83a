import { describe, expect, it } from "vitest";
import { convertGif } from "../../src/engines/convert-gif.ts";
import type { EngineTask } from "../../src/engines/engine-task.ts";
import type { ExternalEngineName } from "../../src/engines/external-engine.ts";
import { ffmpeg } from "../../src/engines/ffmpeg.ts";
import { gifsicle } from "../../src/engines/gifsicle.ts";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { distinctColors } from "../../src/gif/palette.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { scanGif } from "../../src/gif/scan-gif.ts";
import { selectFrames } from "../../src/gif/select-frames.ts";
import { decodeRendered } from "../../src/pipeline/rendered-gif.ts";
import { corpusBytes, corpusFiles } from "../gif/corpus.ts";
import { gifBytes, letters } from "../gif/gif-bytes.ts";
import { describeWith, installed } from "./installed-engines.ts";

function sample(name: string): Uint8Array<ArrayBuffer> {
  return makeSampleGif(SAMPLE_SCENES.find((scene) => scene.name === name)!);
}

async function convert(engine: ExternalEngineName, bytes: Uint8Array, task: EngineTask): Promise<DecodedGif> {
  const converted = await convertGif(engine, bytes, task, { engines: installed });
  return decodeRendered(converted.bytes);
}

async function size(engine: ExternalEngineName, bytes: Uint8Array, task: EngineTask): Promise<number> {
  return (await convertGif(engine, bytes, task, { engines: installed })).bytes.length;
}

function seconds({ frames }: DecodedGif): number {
  return Math.round(frames.reduce((sum, { delaySeconds }) => sum + 100 * delaySeconds, 0)) / 100;
}

function colors({ frames }: DecodedGif): number {
  return distinctColors(frames, 1 << 24)!.length;
}

/** Opaque and transparent pixels by turns, palettes of their own, an image beyond the screen, one without a delay. */
const AWKWARD = gifBytes({ width: 4, height: 1, loops: 3 }, [
  { width: 4, height: 1, indices: [0, 0, 1, 1], delayHundredths: 7 },
  { left: 1, width: 1, height: 1, indices: [3], delayHundredths: 0, palette: [9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6] },
  { left: 2, width: 1, height: 1, indices: [3], delayHundredths: 1, disposal: 2, transparentIndex: 0 },
  { width: 4, height: 1, indices: [2, 2, 2, 2], delayHundredths: 20, transparentIndex: 1 },
]);

const ENGINES: readonly ExternalEngineName[] = ["gifsicle", "ffmpeg"];

describe.each(ENGINES)("%s", (engine) => {
  describeWith([engine], `${engine} on real GIFs`, () => {
    it("keeps an even spread of frames, pixel for pixel, and the whole duration", async () => {
      const bytes = sample("geometric-shapes");
      const original = decodeGifBytes(bytes);
      for (const frameRatio of [0.8, 0.5, 0.07]) {
        const kept = await convert(engine, bytes, { frameRatio });
        const positions = selectFrames(16, Math.max(1, Math.floor(16 * frameRatio)));
        expect(kept.frameCount).toBe(positions.length);
        expect(kept.frames.map(({ rgba }) => rgba)).toEqual(positions.map((at) => original.frames[at]!.rgba));
        expect(seconds(kept)).toBe(0.8);
        expect(kept.loopCount).toBe(original.loopCount);
      }
    });

    it.each([256, 32, 4])("reduces to %d colours at most, and to fewer bytes", async (most) => {
      for (const name of ["gradient-radial", "sprite-transparent", "noise-small"]) {
        const bytes = sample(name);
        const original = decodeGifBytes(bytes);
        const reduced = await convert(engine, bytes, { colors: most });
        expect(colors(reduced)).toBeLessThanOrEqual(most);
        expect(colors(reduced)).toBeGreaterThan(1);
        expect([reduced.width, reduced.height]).toEqual([original.width, original.height]);
        expect(seconds(reduced)).toBe(seconds(original));
      }
    });

    it("makes fewer bytes of fewer colours and fewer frames", async () => {
      const bytes = sample("noise-grey");
      const many = await size(engine, bytes, { colors: 64 });
      const few = await size(engine, bytes, { colors: 8 });
      const fewer = await size(engine, bytes, { colors: 8, frameRatio: 0.5 });
      expect(many).toBeLessThan(bytes.length);
      expect(few).toBeLessThan(many);
      expect(fewer).toBeLessThan(few);
    });

    it("keeps loop counts, and delays of every kind", async () => {
      for (const loops of [undefined, 0, 3]) {
        const screen = { width: 1, height: 1, ...(loops === undefined ? {} : { loops }) };
        const delays = [1, 3, 0, 100, 7];
        const images = delays.map((delayHundredths, at) => ({
          width: 1,
          height: 1,
          indices: [at % 4],
          delayHundredths,
        }));
        const result = await convert(engine, gifBytes(screen, images), { colors: 8 });
        expect(result.loopCount).toBe(loops ?? -1);
        expect(result.frames.map(({ delaySeconds }) => Math.round(100 * delaySeconds))).toEqual([1, 3, 10, 100, 7]);
      }
    });

    it("shows the same frames of a GIF with several palettes, transparency and images that build on each other", async () => {
      const original = decodeGifBytes(AWKWARD);
      const half = await convert(engine, AWKWARD, { frameRatio: 0.5 });
      expect(half.frames.map(({ rgba }) => letters(rgba))).toEqual([
        letters(original.frames[0]!.rgba),
        letters(original.frames[3]!.rgba),
      ]);
      expect(seconds(half)).toBe(0.38);
      expect(half.loopCount).toBe(3);
    });

    it("gives the same bytes each time", async () => {
      const task = { frameRatio: 0.5, colors: 16 };
      const once = await convertGif(engine, sample("motion-slow"), task, { engines: installed });
      const again = await convertGif(engine, sample("motion-slow"), task, { engines: installed });
      expect(again.bytes).toEqual(once.bytes);
    });

    it("either keeps size and duration of a damaged or odd file, or says that it cannot", async () => {
      const names = corpusFiles().filter((name) => !/muybridge|large|max-(width|height)/.test(name));
      const long = process.env["GIFLAB_TEST_LONG"] === "1";
      const chosen = long ? names : names.filter((_, at) => at % 8 === 0);
      for (const name of chosen) {
        const bytes = corpusBytes(name);
        try {
          const result = await convert(engine, bytes, { frameRatio: 0.5, colors: 32 });
          const original = decodeGifBytes(bytes);
          expect({ name, size: [result.width, result.height] }).toEqual({
            name,
            size: [original.width, original.height],
          });
          if (original.frameCount > 1)
            expect({ name, lasts: seconds(result) }).toEqual({ name, lasts: seconds(original) });
          expect(colors(result)).toBeLessThanOrEqual(32);
        } catch (error) {
          if ((error as Error).name === "AssertionError") throw error;
          expect({ name, error }).toMatchObject({ error: { name: expect.stringMatching(/^(Engine|Gif)Error$/) } });
        }
      }
    });
  });
});

describeWith(["gifsicle", "ffmpeg"], "an image beyond the screen", () => {
  const bytes = gifBytes({ width: 2, height: 1 }, [
    { width: 2, height: 1, indices: [1, 2] },
    { left: 1, width: 3, height: 2, indices: [3, 3, 3, 3, 3, 3] },
  ]);

  it.each(ENGINES)("is cut off by %s, as our decoder does", async (engine) => {
    const result = await convert(engine, bytes, { colors: 8 });
    expect([result.width, result.height]).toEqual([2, 1]);
    expect(result.frames.map(({ rgba }) => letters(rgba))).toEqual(["rg", "rw"]);
  });
});

describeWith(["gifsicle"], "gifsicle's lossy compression", () => {
  it("makes smaller files at higher levels, and changes nothing at level 0", async () => {
    const bytes = sample("gradient-smooth");
    const sizes = await Promise.all([0, 20, 60, 100].map((lossy) => size("gifsicle", bytes, { lossy })));
    expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
    expect(new Set(sizes).size).toBe(4);
    const same = await convert("gifsicle", bytes, { lossy: 0 });
    expect(same.frames.map(({ rgba }) => rgba)).toEqual(decodeGifBytes(bytes).frames.map(({ rgba }) => rgba));
  });

  it("does frames, colours and lossy compression in one call where the file has one palette", () => {
    const calls = gifsicle.calls(scanGif(sample("motion-slow")), { frameRatio: 0.05, colors: 32, lossy: 40 });
    const [args, ...others] = calls;
    expect(others).toEqual([]);
    expect(args).toEqual([
      ...["-O2", "--unoptimize", "--colors=32", "--lossy=120", "-"],
      ...["--delay=195", "#0", "--delay=5", "#39"],
    ]);
  });
});

describeWith(["ffmpeg"], "ffmpeg", () => {
  it("keeps any number of frames of a long GIF", async () => {
    const images = Array.from({ length: 700 }, (_, at) => ({
      width: 1,
      height: 1,
      indices: [at % 4],
      delayHundredths: 2,
    }));
    const kept = await convert("ffmpeg", gifBytes({ width: 1, height: 1 }, images), { frameRatio: 0.9 });
    expect(kept.frameCount).toBe(630);
    expect(seconds(kept)).toBe(14);
  });

  it("mixes colours in the way it is asked to", async () => {
    const bytes = sample("gradient-smooth");
    const ways = ["none", "bayer", "floyd_steinberg", "sierra2_4a"];
    const sizes = await Promise.all(ways.map((dither) => size("ffmpeg", bytes, { colors: 8, dither })));
    expect(new Set(sizes).size).toBe(4);
    expect(Math.min(...sizes)).toBe(sizes[0]);
  });

  it("says that it needs more memory than it may have", async () => {
    const limits = { memoryMb: 100 };
    if (installed.prlimit === undefined) return console.warn("prlimit is not installed: its limit was not tested");
    await expect(
      convertGif("ffmpeg", sample("few-colors"), { colors: 8 }, { engines: installed, limits }),
    ).rejects.toMatchObject({
      code: "MEMORY",
      message: expect.stringMatching(/needs more than 100 MB .*raise memoryMb/),
    });
  });

  it("refuses what it cannot do", () => {
    const gif = scanGif(sample("few-colors"));
    expect(() => ffmpeg.calls(gif, { lossy: 40 })).toThrow("ffmpeg has no lossy compression of GIFs: use gifsicle");
    expect(() => ffmpeg.calls(gif, { colors: 3 })).toThrow("ffmpeg's palettes have 4 colours or more, got 3");
  });
});
