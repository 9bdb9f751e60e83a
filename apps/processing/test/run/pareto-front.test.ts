import fc from "fast-check";
import { expect, it } from "vitest";
import { ParetoFront, type ParetoPoint } from "../../src/run/pareto-front.ts";

function frontOf(points: readonly ParetoPoint[]): readonly ParetoPoint[] {
  const front = new ParetoFront();
  for (const point of points) front.add(point);
  return front.points();
}

function beats(a: ParetoPoint, b: ParetoPoint): boolean {
  if (a.quality === b.quality && a.compressionRatio === b.compressionRatio) return a.key < b.key;
  return a.quality >= b.quality && a.compressionRatio >= b.compressionRatio;
}

// Few values, so that there are many ties.
const points = fc.uniqueArray(
  fc.record({
    quality: fc.integer({ min: 0, max: 8 }),
    compressionRatio: fc.integer({ min: 1, max: 9 }),
    key: fc.string({ maxLength: 3 }),
  }),
  { selector: (point) => point.key, maxLength: 60 },
);

it("holds exactly the results that no other beats, best quality first", () => {
  fc.assert(
    fc.property(points, (all) => {
      const expected = all
        .filter((point) => !all.some((other) => beats(other, point)))
        .sort((a, b) => b.quality - a.quality);
      expect(frontOf(all)).toEqual(expected);
    }),
  );
});

it("is the same whatever the order in which results come", () => {
  fc.assert(
    fc.property(
      points.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(frontOf(shuffled)).toEqual(frontOf(all));
      },
    ),
  );
});
