import { SeededRandom } from "@giflab/backend-testkit";
import { bucketOf, MergedSketch, type SketchData } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { canBeDrawn, readDrawn, writeDrawn } from "../src/drawn-sketches.ts";

const sketchOf = (values: readonly number[]): SketchData => {
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  return sketch.toData();
};

const mergedOf = (sketches: readonly SketchData[]): SketchData => {
  const merged = new MergedSketch();
  for (const sketch of sketches) merged.add(sketch);
  return merged.toData();
};

const bytesOf = (sketches: readonly SketchData[]): Buffer => {
  const merged = mergedOf(sketches);
  expect(canBeDrawn(sketches, merged)).toBe(true);
  const writer = new ByteWriter();
  writeDrawn(
    writer,
    sketches,
    sketches.filter(({ count }) => count > 1),
    merged,
  );
  return writer.take();
};

const back = (sketches: readonly SketchData[]): void => {
  const reader = new ByteReader(bytesOf(sketches));
  const single = sketches.flatMap(({ count, indexes }) => (count > 1 ? [] : [indexes[0]!]));
  const several = sketches.filter(({ count }) => count > 1);
  const read = readDrawn(reader, single, several, mergedOf(sketches));
  expect(reader.remaining).toBe(0);
  expect(read.sketches).toEqual(several.map(({ last, indexes, counts }) => ({ last, indexes, counts })));
};

/** With `digits` behind the point, as clocks have them. */
const logNormal = (random: SeededRandom, digits: number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.round(Math.exp(0.5 * normal) * 10 ** digits) / 10 ** digits;
};

describe("sketches drawn from their merged one", () => {
  it("come back with their last values, few or many values each", () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: -300, max: 300 }).map((whole) => whole / 100),
      fc.constantFrom(0, -0, 1e-12, 1e15, -1e15, 0.25),
    );
    const sketch = fc.oneof(
      fc.array(value, { minLength: 1, maxLength: 40 }),
      fc
        .tuple(fc.array(value, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 200 }))
        .map(([values, times]) => Array.from({ length: times }, () => values).flat()),
    );
    fc.assert(fc.property(fc.array(sketch, { minLength: 1, maxLength: 12 }), (all) => back(all.map(sketchOf))));
  });

  it("come back as far as they are wanted", () => {
    const sketches = [[1, 2, 3], [2], [4, 9, 9], [5, 5], [1, 8]].map(sketchOf);
    const several = sketches.filter(({ count }) => count > 1);
    const all = several.map(({ last, indexes, counts }) => ({ last, indexes, counts }));
    for (let wanted = 0; wanted <= several.length; wanted++) {
      const read = readDrawn(new ByteReader(bytesOf(sketches)), [bucketOf(2)], several, mergedOf(sketches), wanted);
      expect(read.sketches.slice(0, wanted)).toEqual(all.slice(0, wanted));
      expect(read.sketches).toHaveLength(several.length);
    }
  });

  it("take about their entropy", () => {
    const random = new SeededRandom(7);
    const sketches = Array.from({ length: 360 }, () =>
      sketchOf(Array.from({ length: 15 }, () => logNormal(random, 9))),
    );
    back(sketches);
    const bytes = bytesOf(sketches).length / sketches.length;
    // Buckets 7.1 bytes when smallest and largest are known. The last value is one of 15 (3.9 bits), to the nanosecond in a
    // bucket of some 12 million (23.5 bits) unless it is the smallest or the largest: 3.5 bytes.
    expect(bytes).toBeLessThan(10.8);
    const coarse = Array.from({ length: 360 }, () => sketchOf(Array.from({ length: 15 }, () => logNormal(random, 3))));
    expect(bytesOf(coarse).length / coarse.length).toBeLessThan(8.4);
  });

  it("take less than a byte each when they are all alike", () => {
    const sketches = Array.from({ length: 360 }, () => sketchOf([1, 1, 1, 2, 3]));
    expect(bytesOf(sketches).length).toBeLessThan(360);
    expect(bytesOf([sketchOf([1, 2, 3, 4, 5, 6, 7, 7, 1])]).length).toBeLessThan(6);
  });

  it("do not fit a merged sketch that lacks some of them", () => {
    const sketches = [sketchOf([1, 2, 3]), sketchOf([4, 9])];
    expect(canBeDrawn(sketches, mergedOf(sketches.slice(1)))).toBe(false);
    expect(canBeDrawn([{ ...sketches[0]!, min: 9 }], mergedOf(sketches.slice(0, 1)))).toBe(false);
    const reader = (): ByteReader => new ByteReader(bytesOf(sketches));
    expect(() => readDrawn(reader(), [], sketches, mergedOf(sketches.slice(1)))).toThrow(RangeError);
    expect(() => readDrawn(reader(), [], sketches, sketchOf([1, 2, 4, 9]))).toThrow(RangeError);
  });
});
