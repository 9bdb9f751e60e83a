import { expect, it } from "vitest";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import { GifError } from "../../src/gif/gif-error.ts";
import { readGifInfo } from "../../src/gif/gif-info.ts";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { corpusBytes, corpusFiles, hasCorpus } from "./corpus.ts";

const LIMITS = { maxPixels: 4_000_000, maxCanvasPixels: 1_000_000, maxFrames: 60 };
const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 20_000 : 300;

function originals(): Uint8Array<ArrayBuffer>[] {
  const made = SAMPLE_SCENES.filter((scene) => scene.width * scene.height * scene.frames < 120_000).map(makeSampleGif);
  const files = hasCorpus ? corpusFiles().map(corpusBytes) : [];
  return [...made, ...files].filter((bytes) => bytes.length < 60_000);
}

function mutate(bytes: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  const below = (limit: number): number => Math.floor(random() * limit);
  let result = bytes.slice();
  for (let times = 1 + below(6); times > 0; times--) {
    const at = below(result.length || 1);
    const kind = below(5);
    if (kind === 0) result[at] = below(256);
    else if (kind === 1) result[at] = 255;
    else if (kind === 2) result = result.slice(0, at);
    else if (kind === 3)
      result = new Uint8Array(
        Buffer.concat([result.subarray(0, at), result.subarray(below(at + 1), below(result.length + 1))]),
      );
    // Structure lives at the front: sizes, flags, the first descriptor.
    else result[below(Math.min(60, result.length || 1))] = below(256);
  }
  return result;
}

it(`reads or refuses ${rounds} damaged files within its limits and with no other error`, () => {
  const seed = Number(process.env["GIFLAB_TEST_SEED"] ?? 20_261_124);
  const random = seededRandom(seed);
  const files = originals();
  let decoded = 0;
  const before = process.memoryUsage().rss;
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(files[round % files.length]!, random);
    const started = performance.now();
    try {
      const gif = decodeGifBytes(bytes, LIMITS);
      decoded++;
      expect(gif.frames.length, `seed ${seed} round ${round}`).toBeGreaterThan(0);
      expect(gif.width * gif.height * gif.frames.length).toBeLessThanOrEqual(LIMITS.maxPixels);
      for (const frame of gif.frames) expect(frame.rgba.length).toBe(4 * gif.width * gif.height);
      expect(readGifInfo(bytes).frameCount).toBe(gif.frameCount);
    } catch (error) {
      if (!(error instanceof GifError))
        throw new Error(`seed ${seed} round ${round}: ${String(error)}`, { cause: error });
    }
    expect(performance.now() - started, `seed ${seed} round ${round}: time`).toBeLessThan(5_000);
  }
  // Most damage leaves something to show: if nothing is decoded any more, the mutations or the decoder are broken.
  expect(decoded).toBeGreaterThan(rounds / 4);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
});
