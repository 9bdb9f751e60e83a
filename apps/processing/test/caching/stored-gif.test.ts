import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedRectangle } from "../../src/caching/changed-rectangle.ts";
import { indexedPixels } from "../../src/caching/indexed-pixels.ts";
import { loadGif, storeGif } from "../../src/caching/stored-gif.ts";
import { Canvas } from "../../src/gif/canvas.ts";
import { decodeGifBytes, decodeIndexed } from "../../src/gif/decode-gif.ts";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { GifError } from "../../src/gif/gif-error.ts";
import type { IndexedGif } from "../../src/gif/indexed-gif.ts";
import { indexedForm } from "../../src/gif/lazy-gif.ts";
import { corpusBytes, corpusFiles, hasCorpus } from "../gif/corpus.ts";
import { gifBytes } from "../gif/gif-bytes.ts";
import { animation } from "./test-animation.ts";

const runs = process.env["GIFLAB_TEST_LONG"] === "1" ? 5000 : 200;

function stored(gif: DecodedGif): Uint8Array {
  const steps = storeGif(gif);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A GIF with its pixels in a form that is compared fast. */
function plain(gif: DecodedGif): object & { readonly frames: readonly unknown[] } {
  const frames = gif.frames.map(({ rgba, delaySeconds }) => [
    delaySeconds,
    Buffer.from(rgba.buffer).toString("base64"),
  ]);
  return { ...gif, frames };
}

/** An animation of 5 x 4 pixels in which each frame changes the pixels named, of the frame before. */
function changing(changes: readonly (readonly (readonly [number, number])[])[]): DecodedGif {
  const pixels = new Uint32Array(20);
  return {
    width: 5,
    height: 4,
    frames: changes.map((change) => {
      for (const [at, color] of change) pixels[at] = color;
      return { rgba: new Uint8ClampedArray(pixels.slice().buffer), delaySeconds: 0.1 };
    }),
    frameCount: changes.length,
    loopCount: 2,
    warnings: [],
  };
}

const anyChanges = fc.array(fc.array(fc.tuple(fc.nat({ max: 19 }), fc.nat({ max: 0xffffffff })), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 12,
});

describe("a stored GIF", () => {
  test.each([
    ["few colours", { colors: 16 }],
    ["more colours than a palette holds", { colors: 1000, width: 40, height: 40 }],
    ["frames of several groups", { colors: 1000, width: 300, height: 250 }],
    ["one frame of one pixel", { width: 1, height: 1, frames: 1 }],
  ])("comes back as it was: %s", (_, shape) => {
    for (const seed of [1, 2]) {
      const gif = animation(seed, shape);
      expect(plain(loadGif(stored(gif)))).toEqual(plain(gif));
    }
  });

  test("comes back as it was, in whatever order its frames are read", () => {
    fc.assert(
      fc.property(anyChanges, fc.infiniteStream(fc.nat()), (changes, order) => {
        const gif = changing(changes);
        const loaded = loadGif(stored(gif));
        for (const [step, number] of [...order.take(2 * changes.length)].entries()) {
          const index = step < changes.length ? number % changes.length : step - changes.length;
          expect(loaded.frames[index]!.rgba).toEqual(gif.frames[index]!.rgba);
        }
      }),
      { numRuns: runs },
    );
  });

  test("comes back as the file has it: disposal, transparency, interlace, delays, palettes, the frames kept", () => {
    const size = { width: 6, height: 9 };
    const indices = Array.from({ length: 54 }, (_, at) => at % 4);
    const own = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const bytes = gifBytes({ ...size, loops: 3 }, [
      { ...size, indices, disposal: 1, interlaced: true },
      { left: 1, top: 2, width: 3, height: 3, indices: indices.slice(0, 9), disposal: 3, palette: own },
      { left: 4, top: 4, width: 6, height: 9, indices: indices.slice(2), disposal: 2, transparentIndex: 2 },
      { left: 0, top: 0, width: 0, height: 4, indices: [], delayHundredths: 0 },
      { left: 2, top: 0, width: 2, height: 2, indices: [3, 1, 2, 0], delayHundredths: 250, palette: own },
    ]);
    for (const maxFrames of [5, 4, 3]) {
      const gif = decodeGifBytes(bytes, { maxFrames });
      const row = stored(gif);
      expect(gif.warnings.length).toBeGreaterThan(0);
      expect(plain(loadGif(row))).toEqual(plain(gif));
    }
  });

  test.runIf(hasCorpus)("comes back as it was, of all files of other decoders", () => {
    for (const name of corpusFiles()) {
      const bytes = corpusBytes(name);
      if (bytes.length > 100_000) continue;
      let gif: DecodedGif;
      try {
        gif = decodeGifBytes(bytes);
      } catch (error) {
        if (error instanceof GifError) continue;
        throw error;
      }
      const row = stored(gif);
      expect(plain(loadGif(row)), name).toEqual(plain(gif));
    }
  });

  test("is of the images the decoder unpacked, even if all frames are drawn before it is written", () => {
    const whole = { width: 3, height: 3, indices: [1, 2, 3, 1, 2, 3, 1, 2, 3] };
    const bytes = gifBytes({ width: 3, height: 3 }, [whole, whole, { ...whole, disposal: 3 }]);
    const row = stored(decodeGifBytes(bytes));
    const areas = ({ images }: IndexedGif): unknown =>
      images.map(({ left, top, width, height, written }) => [left, top, width, height, written]);
    expect(areas(indexedForm(loadGif(row))!)).toEqual(areas(decodeIndexed(bytes)));
    const gif = decodeGifBytes(bytes);
    const steps = storeGif(gif);
    expect(plain(gif).frames).toHaveLength(gif.frames.length);
    expect(indexedForm(gif)).toBeUndefined();
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(Buffer.compare(step.value, row)).toBe(0);
    // Then there are only the drawn frames to store.
    expect(plain(loadGif(stored(gif)))).toEqual(plain(gif));
  });

  test("draws a frame when it is first read, and only once, into pixels of its own", () => {
    const gif = loadGif(stored(animation(4)));
    const first = gif.frames[0]!.rgba;
    expect(gif.frames[0]!.rgba).toBe(first);
    expect(gif.frames[1]!.rgba.buffer).not.toBe(first.buffer);
  });

  test("takes little room where little changes", () => {
    const frames = Array.from({ length: 50 }, (_, at) => [[at % 20, at] as const]);
    const small = stored(changing(frames)).byteLength;
    expect(small).toBeLessThan(9000);
  });

  test("is refused when bytes are missing", () => {
    const bytes = stored(animation(5));
    expect(() => loadGif(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
  });
});

describe("pixels with palettes", () => {
  test("are one image at exactly 256 colours and several at 257, which give the same pixels", () => {
    for (const [colors, images] of [
      [256, 1],
      [257, 2],
    ] as const) {
      const frame = Uint32Array.from({ length: 300 }, (_, at) => 0xff000000 + (at % colors));
      const area = { left: 0, top: 0, width: 20, height: 15 };
      const indexed = indexedPixels(frame, 20, area);
      expect(indexed).toHaveLength(images);
      const canvas = new Canvas(area);
      for (const image of indexed) canvas.draw(image);
      expect(canvas.pixels).toEqual(frame);
    }
  });
});

describe("a changed rectangle", () => {
  test("holds every change and no further row or column", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 41 }), { maxLength: 5 }), (changed) => {
        const before = new Uint32Array(42);
        const after = before.slice();
        for (const at of changed) after[at] = 1;
        const xs = changed.map((at) => at % 7);
        const ys = changed.map((at) => Math.floor(at / 7));
        const expected =
          changed.length === 0
            ? { left: 0, top: 0, width: 0, height: 0 }
            : {
                left: Math.min(...xs),
                top: Math.min(...ys),
                width: Math.max(...xs) - Math.min(...xs) + 1,
                height: Math.max(...ys) - Math.min(...ys) + 1,
              };
        expect(changedRectangle(before, after, 7)).toEqual(expected);
      }),
      { numRuns: runs },
    );
  });
});
