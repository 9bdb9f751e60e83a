import fc from "fast-check";
import { expect, it } from "vitest";
import { alignFrames } from "../../src/pipeline/align-frames.ts";

it("pairs each result frame with the original it was made from, once", () => {
  expect(alignFrames([0.1, 0.1, 0.1], [0.2, 0.1], [0, 1, 2])).toEqual([
    { original: 0, result: 0 },
    { original: 2, result: 1 },
  ]);
  expect(alignFrames([0.1, 0.1, 0.1, 0.1], [0.1, 0.3], [1, 3])).toEqual([{ original: 1, result: 1 }]);
  expect(alignFrames([0.1], [0.1], [0])).toEqual([{ original: 0, result: 0 }]);
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
      const all = original.map((_, at) => at);
      expect(alignFrames(original, result, all)).toEqual(kept.map((from, at) => ({ original: from, result: at })));
    }),
  );
});
