import { expect, it } from "vitest";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { DecodedGif, GifFrame } from "../../src/gif/decoded-gif.ts";
import { GifError } from "../../src/gif/gif-error.ts";
import { readGifInfo } from "../../src/gif/gif-info.ts";
import { type GifStream, streamGif } from "../../src/gif/gif-stream.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { damage, soundGifs } from "./damaged-gifs.ts";

const SIZES = { maxPixels: 4_000_000, maxCanvasPixels: 1_000_000 };
const MAX_FRAMES = 60;
/** Far above what any of these takes: a decode that gets there hangs. */
const HANGS_MS = 5000;
const MAX_GROWTH_BYTES = 400 * 2 ** 20;
const long = process.env["GIFLAB_TEST_LONG"] === "1";
const seed = Number(process.env["GIFLAB_TEST_SEED"] ?? 20_261_124);

type Bytes = Uint8Array<ArrayBuffer>;

/** Calls `check` with damaged files; says which one it was when something is wrong, and watches memory and time. */
async function eachDamagedFile(rounds: number, check: (bytes: Bytes) => void | Promise<void>): Promise<void> {
  const random = seededRandom(seed);
  const files = soundGifs();
  const before = process.memoryUsage().rss;
  for (let round = 0; round < rounds; round++) {
    const bytes = damage(files[round % files.length]!, files[Math.floor(random() * files.length)]!, random);
    const began = performance.now();
    try {
      await check(bytes);
    } catch (error) {
      throw new Error(`seed ${seed} round ${round}: ${String(error)}`, { cause: error });
    }
    expect(performance.now() - began, `seed ${seed} round ${round}: time`).toBeLessThan(HANGS_MS);
    if (round % 100 === 0) expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
  }
}

/** What `decode` returns, or its GifError; any other error is thrown. */
function outcome<T>(decode: () => T): T | GifError {
  try {
    return decode();
  } catch (error) {
    if (error instanceof GifError) return error;
    throw error;
  }
}

const decodes = long ? 100_000 : 2000;

it(`reads or refuses ${decodes} damaged files within its limits and with no other error (seed ${seed})`, async () => {
  let decoded = 0;
  await eachDamagedFile(decodes, (bytes) => {
    const gif = outcome(() => decodeGifBytes(bytes, { ...SIZES, maxFrames: MAX_FRAMES }));
    if (gif instanceof GifError) return;
    decoded++;
    expect(gif.frames.length).toBeGreaterThan(0);
    expect(gif.frames.length).toBeLessThanOrEqual(MAX_FRAMES);
    expect(gif.width * gif.height * gif.frames.length).toBeLessThanOrEqual(SIZES.maxPixels);
    for (const frame of gif.frames) expect(frame.rgba.length).toBe(4 * gif.width * gif.height);
    expect(readGifInfo(bytes).frameCount).toBe(gif.frameCount);
  });
  // Most damage leaves something to show: if nothing is decoded any more, the damages or the decoder are broken.
  expect(decoded).toBeGreaterThan(decodes / 4);
});

const streams = long ? 100_000 : 2000;

it(`streams ${streams} damaged files as they are decoded at once (seed ${seed})`, async () => {
  const random = seededRandom(seed + 1);
  let compared = 0;
  await eachDamagedFile(streams, async (bytes) => {
    const gif = outcome(() => decodeGifBytes(bytes, { ...SIZES, maxFrames: 1e9 }));
    const stream = streamGif(chunks(bytes, 1 + Math.floor(2000 * random() ** 3)), SIZES);
    const error = await compare(stream, gif instanceof GifError ? undefined : gif);
    if (!(gif instanceof GifError)) {
      compared++;
      expect(error).toBeUndefined();
      const { loopCount, warnings, frameCount } = stream;
      expect({ loopCount, warnings, frameCount }).toEqual({
        loopCount: gif.loopCount,
        warnings: gif.warnings,
        frameCount: gif.frameCount,
      });
    } else if (gif.code !== "TOO_LARGE") expect(error?.message).toBe(gif.message);
    // All frames at once may be too much where one at a time is not.
    else if (error !== undefined) expect(error.code).toBe("TOO_LARGE");
  });
  expect(compared).toBeGreaterThan(streams / 4);
});

/** Reads the stream, comparing its frames with those of `gif`. Returns the GifError it ended with. */
async function compare(stream: GifStream, gif: DecodedGif | undefined): Promise<GifError | undefined> {
  try {
    for await (const frame of stream) {
      if (gif !== undefined && !isSame(frame, gif.frames[frame.index])) throw new Error(`frame ${frame.index} differs`);
    }
    return undefined;
  } catch (error) {
    if (error instanceof GifError) return error;
    throw error;
  }
}

function isSame(a: GifFrame, b: GifFrame | undefined): boolean {
  return (
    b !== undefined &&
    a.delaySeconds === b.delaySeconds &&
    Buffer.from(a.rgba.buffer).equals(new Uint8Array(b.rgba.buffer))
  );
}

function* chunks(bytes: Bytes, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
