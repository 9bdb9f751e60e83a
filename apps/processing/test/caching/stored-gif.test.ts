import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packFrame, unpackFrame } from "../../src/caching/packed-frame.ts";
import { loadGif, storeGif } from "../../src/caching/stored-gif.ts";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { animation } from "./test-animation.ts";

function stored(gif: DecodedGif): Uint8Array {
  const steps = storeGif(gif);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe("a stored GIF", () => {
  test.each([
    ["few colours", { colors: 16 }],
    ["more colours than a palette holds", { colors: 1000, width: 40, height: 40 }],
    ["one frame of one pixel", { width: 1, height: 1, frames: 1 }],
  ])("comes back as it was: %s", (_, shape) => {
    for (const seed of [1, 2, 3]) {
      const gif = animation(seed, shape);
      expect({ ...loadGif(stored(gif)), frames: loadGif(stored(gif)).frames.map((frame) => ({ ...frame })) }).toEqual(
        gif,
      );
    }
  });

  test("unpacks a frame when it is first read, and only once", () => {
    const gif = loadGif(stored(animation(4)));
    const first = gif.frames[0]!.rgba;
    expect(gif.frames[0]!.rgba).toBe(first);
  });

  test("is refused when bytes are missing", () => {
    const bytes = stored(animation(5));
    expect(() => loadGif(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
  });
});

describe("a packed frame", () => {
  test("holds every pixel, whatever its colours", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4000 }), (bytes) => {
        const rgba = new Uint8ClampedArray(bytes.slice(0, bytes.length & ~3));
        const packed = packFrame(rgba);
        expect(unpackFrame(packed, rgba.length / 4)).toEqual(rgba);
        expect(packed.colors).toBeLessThanOrEqual(256);
      }),
      { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 5000 : 200 },
    );
  });

  test("takes exactly 256 colours as a palette and 257 as pixels", () => {
    const frame = (colors: number): Uint8ClampedArray<ArrayBuffer> => {
      const words = Uint32Array.from({ length: 300 }, (_, at) => 0xff000000 + (at % colors));
      return new Uint8ClampedArray(words.buffer);
    };
    expect(packFrame(frame(256)).colors).toBe(256);
    expect(packFrame(frame(257)).colors).toBe(0);
    expect(unpackFrame(packFrame(frame(256)), 300)).toEqual(frame(256));
    expect(unpackFrame(packFrame(frame(257)), 300)).toEqual(frame(257));
  });
});
