import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignFrames, type FramePair } from "../../src/comparison/align-frames.ts";
import type { GifFrame } from "../../src/gif/decoded-gif.ts";
import type { Animation } from "../../src/pipeline/animation.ts";

const SIDE = 12;
const straightOn = { take: async (): Promise<void> => {} };

/** A square that moves over grey; every number looks different, neighbours hardly. */
function frame(number: number, delaySeconds: number, noise: () => number = () => 0): GifFrame {
  const rgba = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const place = (number * 7) % (SIDE * SIDE);
    const value = (at === place ? 200 : 90 + ((number * 13) % 40)) + noise();
    rgba.fill(value, 4 * at, 4 * at + 3);
  }
  return { rgba, delaySeconds };
}

/** `seen`: which picture each frame shows. */
function animation(seen: readonly number[], delays: readonly number[], noise?: () => number): Animation {
  return {
    width: SIDE,
    height: SIDE,
    loopCount: 0,
    frames: seen.map((number, at) => frame(number, delays[at]!, noise)),
  };
}

const evenly = (count: number): number[] => Array.from({ length: count }, () => 0.1);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const pairs = (...numbers: readonly (readonly [number, number])[]): FramePair[] =>
  numbers.map(([original, result]) => ({ original, result }));

describe("alignFrames", () => {
  it("pairs the result frame on screen with the original it was made from", async () => {
    const three = animation([0, 1, 2], evenly(3));
    expect(await alignFrames(three, animation([0, 2], [0.2, 0.1]), straightOn)).toEqual(pairs([0, 0], [0, 0], [2, 1]));
    const four = animation([0, 1, 2, 3], evenly(4));
    const held = pairs([0, 0], [1, 1], [1, 1], [1, 1]);
    expect(await alignFrames(four, animation([0, 1], [0.1, 0.3]), straightOn)).toEqual(held);
    expect(await alignFrames(animation([5], [0]), animation([5], [0]), straightOn)).toEqual(pairs([0, 0]));
  });

  it("goes by timing where frames look the same", async () => {
    const still = animation([3, 3, 3, 3, 3, 3], evenly(6));
    const result = animation([3, 3], [0.4, 0.2]);
    expect(await alignFrames(still, result, straightOn)).toEqual(pairs([0, 0], [0, 0], [0, 0], [0, 0], [4, 1], [4, 1]));
  });

  it("finds the originals of frames whose equal neighbours were merged and whose delays were all changed", async () => {
    // Pictures shown 1 to 4 frames long; the result shows each once, all for the same time.
    const shown = upTo(12).flatMap((number) => Array.from({ length: 1 + (number % 4) }, () => number));
    const result = animation(upTo(12), evenly(12));
    const found = await alignFrames(animation(shown, evenly(shown.length)), result, straightOn);
    expect(new Set(found.map((pair) => pair.result)).size).toBe(12);
    for (const pair of found) expect(shown[pair.original], JSON.stringify(pair)).toBe(pair.result);
  });

  it("pairs kept frames with themselves, whatever was dropped and whatever became of the delays", async () => {
    const inputs = fc.record({
      kept: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      delays: fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 80, maxLength: 80 }),
      keepsTotal: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async ({ kept: keep, delays, keepsTotal }) => {
        const kept = keep.flatMap((is, at) => (is || at === 0 ? [at] : []));
        const before = delays.slice(0, keep.length).map((hundredths) => hundredths / 100);
        const sum = (from: number, to: number): number => before.slice(from, to).reduce((a, b) => a + b, 0);
        const after = kept.map((from, at) =>
          keepsTotal ? Math.round(100 * sum(from, kept[at + 1] ?? keep.length)) / 100 : delays[40 + at]! / 100,
        );
        // Delays that were changed and still end together would say that they were kept.
        if (!keepsTotal) after[after.length - 1]! += 4;
        const found = await alignFrames(animation(upTo(keep.length), before), animation(kept, after), straightOn);
        const wanted = keep.map((_, moment) => {
          const at = kept.findLastIndex((from) => from <= moment);
          return { original: kept[at], result: at };
        });
        expect(found).toEqual(wanted);
      }),
    );
  });

  it("is not led astray by what lossy compression does to every frame", async () => {
    let state = 1;
    const noise = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state / 2 ** 32 - 0.5) * 24;
    };
    const kept = upTo(40).filter((at) => at % 3 !== 1);
    const delays = kept.map((_, at) => 0.05 + 0.05 * (at % 4));
    const found = await alignFrames(animation(upTo(40), evenly(40)), animation(kept, delays, noise), straightOn);
    expect(found.map(({ original }) => original)).toEqual(upTo(40).map((at) => (at % 3 === 1 ? at - 1 : at)));
  });

  it("compares a result that lags behind with what it should show, where frames begin together", async () => {
    // Each picture stays on screen for three frames: the second and third look like the first original of the three.
    const lagging = animation(
      upTo(12).map((at) => at - (at % 3)),
      evenly(12),
    );
    const found = await alignFrames(animation(upTo(12), evenly(12)), lagging, straightOn);
    expect(found).toEqual(upTo(12).map((at) => ({ original: at, result: at })));
  });

  it("takes turns between frames and ends with the error that a turn throws", async () => {
    let turns = 0;
    const impatient = {
      take: async (): Promise<void> => {
        if (++turns === 5) throw new Error("enough");
      },
    };
    const many = animation(upTo(9), evenly(9));
    const slower = animation(upTo(9), [0.2, ...evenly(8)]);
    await expect(alignFrames(many, slower, impatient)).rejects.toThrow("enough");
  });
});
