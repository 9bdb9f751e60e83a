import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGifBytes } from "../../src/gif/decode-gif.ts";
import type { GifFrame } from "../../src/gif/decoded-gif.ts";
import { encodeGif } from "../../src/gif/encode-gif.ts";
import { distinctColors } from "../../src/gif/palette.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";

function frame(colors: readonly (readonly number[])[], delaySeconds = 0.1): GifFrame {
  return {
    rgba: Uint8ClampedArray.from(colors.flatMap((color) => (color.length === 4 ? color : [...color, 255]))),
    delaySeconds,
  };
}

const animation = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 24 }),
    count: fc.integer({ min: 1, max: 6 }),
    colors: fc.integer({ min: 1, max: 250 }),
    transparency: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ width, height, count, colors, transparency, seed }) => {
    let state = seed;
    const next = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      return ((state >>> 8) & 0xffff) % limit;
    };
    const table = Array.from({ length: colors }, (_, at) => [at, next(256), next(256), 255]);
    const pixels = Array.from({ length: width * height }, () => table[next(colors)]!);
    const frames = Array.from({ length: count }, () => {
      for (let change = next(pixels.length); change > 0; change--) {
        pixels[next(pixels.length)] = transparency && next(4) === 0 ? [0, 0, 0, 0] : table[next(colors)]!;
      }
      return frame(pixels, (1 + next(50)) / 100);
    });
    return { width, height, frames };
  });

describe("encodeGif", () => {
  it("gives back every pixel and delay of animations with up to 250 colours", () => {
    fc.assert(
      fc.property(animation, ({ width, height, frames }) => {
        const gif = decodeGifBytes(encodeGif(frames, { width, height, loopCount: 4 }));
        expect(gif.warnings).toEqual([]);
        expect(gif).toMatchObject({ width, height, frameCount: frames.length, loopCount: 4 });
        expect(gif.frames).toEqual(frames);
      }),
      { numRuns: long ? 3000 : 150 },
    );
  });

  it("survives a full LZW dictionary", () => {
    let state = 1;
    const rgba = new Uint8ClampedArray(4 * 200 * 200);
    for (let at = 0; at < rgba.length; at++) {
      state = Math.imul(state, 1_664_525) + 1_013_904_223;
      rgba[at] = at % 4 === 3 ? 255 : at % 4 === 0 ? (state >>> 16) & 255 : 0;
    }
    const gif = decodeGifBytes(encodeGif([{ rgba, delaySeconds: 0.1 }], { width: 200, height: 200 }));
    expect(Buffer.compare(Buffer.from(gif.frames[0]!.rgba.buffer), Buffer.from(rgba.buffer))).toBe(0);
  });

  it("reduces to the number of colours asked for", () => {
    const pixels = Array.from({ length: 400 }, (_, at) => [(at * 7) & 255, (at * 3) & 255, at & 255]);
    const gif = decodeGifBytes(encodeGif([frame(pixels)], { width: 20, height: 20, colors: 32 }));
    const count = distinctColors(gif.frames, 256)!.length;
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThanOrEqual(32);
  });

  it("stores only what changed", () => {
    const still = Array.from({ length: 2500 }, (_, at) => [(at * 31) & 255, 0, 0]);
    const moved = [...still];
    moved[1300] = [9, 255, 9];
    const one = encodeGif([frame(still)], { width: 50, height: 50 }).length;
    const two = encodeGif([frame(still), frame(moved)], { width: 50, height: 50 }).length;
    expect(two - one).toBeLessThan(40);
  });

  it("refuses sizes and options that make no GIF", () => {
    expect(() => encodeGif([], { width: 1, height: 1 })).toThrow(/at least one frame/);
    expect(() => encodeGif([frame([[1, 2, 3]])], { width: 2, height: 1 })).toThrow(/frame 0 has 4 bytes/);
    expect(() => encodeGif([frame([[1, 2, 3]])], { width: 1, height: 1, colors: 300 })).toThrow(/colors/);
    expect(() => encodeGif([frame([])], { width: 0, height: 1 })).toThrow(/width and height/);
  });
});
