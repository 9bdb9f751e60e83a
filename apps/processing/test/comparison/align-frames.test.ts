import fc from "fast-check";
import { expect, it } from "vitest";
import { alignFrames } from "../../src/comparison/align-frames.ts";

const pairs = (...numbers: readonly (readonly [number, number])[]): unknown[] =>
  numbers.map(([original, result]) => ({ original, result }));

it("pairs the result frame on screen with the original it was made from", () => {
  expect(alignFrames([0.1, 0.1, 0.1], [0.2, 0.1])).toEqual(pairs([0, 0], [0, 0], [2, 1]));
  expect(alignFrames([0.1, 0.1, 0.1, 0.1], [0.1, 0.3])).toEqual(pairs([0, 0], [1, 1], [1, 1], [1, 1]));
  expect(alignFrames([0.1], [0.1])).toEqual(pairs([0, 0]));
});

it("finds the frames that were kept, whatever was dropped and however delays were rounded", () => {
  const delays = fc.array(
    fc.integer({ min: 2, max: 50 }).map((hundredths) => hundredths / 100),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(delays, fc.infiniteStream(fc.boolean()), (original, stream) => {
      const kept = original.flatMap((_, at) => (at === 0 || stream.next().value ? [at] : []));
      const result = kept.map(
        (from, at) =>
          Math.round(
            100 * original.slice(from, kept[at + 1] ?? original.length).reduce((sum, delay) => sum + delay, 0),
          ) / 100,
      );
      const wanted = original.map((_, moment) => {
        const at = kept.findLastIndex((from) => from <= moment);
        return { original: kept[at], result: at };
      });
      expect(alignFrames(original, result)).toEqual(wanted);
    }),
  );
});
