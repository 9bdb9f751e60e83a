import { SeededRandom } from "@giflab/backend-testkit";
import { MergedSketch, type SketchData } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { NO_VALUES, readGrouped, type SampleWish, writeGrouped } from "../src/grouped-sketches.ts";
import { mergeSketches } from "../src/merge-sketches.ts";
import { readSketches, writeSketches } from "../src/sketch-column.ts";

const sketchOf = (values: readonly number[]): SketchData => {
  if (values.length === 0) return NO_VALUES;
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  return sketch.toData();
};

const packed = (groups: readonly (readonly SketchData[])[]): Buffer => {
  const writer = new ByteWriter();
  const sketches = groups.flat();
  writeGrouped(
    writer,
    sketches,
    groups.map(({ length }) => length),
    mergeSketches(sketches),
  );
  return writer.take();
};

const read = (groups: readonly (readonly SketchData[])[], of: SampleWish["of"], bytes = packed(groups)): SketchData[] =>
  readGrouped(new ByteReader(bytes), groups.flat(), mergeSketches(groups.flat()), { oneWriter: false, of });

const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(0, 1e-9, 0.25, 7));
const sketch = fc.oneof(
  fc.array(value, { maxLength: 30 }),
  fc.tuple(value, fc.integer({ min: 1, max: 200 })).map(([one, times]) => Array<number>(times).fill(one)),
);
const someGroups = fc
  .array(fc.array(sketch, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })
  .filter((groups) => groups.flat(2).length > 0)
  .map((groups) => groups.map((group) => group.map(sketchOf)));

describe("sketches in groups", () => {
  it("come back one by one, or as what a group comes to", () => {
    fc.assert(
      fc.property(someGroups, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (groups, whole) => {
        const starts = groups.map((_, i) => groups.slice(0, i).flat().length);
        const found = read(groups, (from, to) => {
          const group = starts.indexOf(from);
          return group >= 0 && to - from === groups[group]!.length && whole[group]! ? "together" : "each";
        });
        const expected = groups.flatMap((group, i) =>
          whole[i]! ? [...group.slice(1).map(() => NO_VALUES), mergeSketches(group)] : group,
        );
        expect(found).toEqual(expected);
      }),
    );
  });

  it("are unpacked up to the last one that is wanted, group by group", () => {
    const groups = [
      [
        [1, 2, 3],
        [2, 5],
      ],
      [
        [4, 9, 9],
        [5, 5],
        [1, 8],
      ],
    ].map((group) => group.map(sketchOf));
    const found = read(groups, (from, to) => (to - from > 1 ? "each" : from === 3 ? "each" : "nothing"));
    expect(found.map(({ count, last }) => [count, last])).toEqual([
      [3, Number.NaN],
      [2, Number.NaN],
      [3, 9],
      [2, 5],
      [2, Number.NaN],
    ]);
    expect(found[3]).toEqual(groups[1]![1]);
  });

  it("come as what those from one on come to, at the price of those before it", () => {
    fc.assert(
      fc.property(someGroups, fc.nat(), fc.boolean(), (groups, at, before) => {
        const sketches = groups.flat();
        const begin = at % sketches.length;
        const writer = new ByteWriter();
        writeSketches(writer, sketches, mergeSketches(sketches));
        const of: SampleWish["of"] = (from, to) =>
          from >= begin ? "together" : to > begin || before ? "each" : "nothing";
        const bytes = writer.take();
        const read = (oneWriter: boolean): SketchData[] => {
          const wish = { oneWriter, of };
          return readSketches(new ByteReader(bytes), sketches.length, "buckets", () => mergeSketches(sketches), wish);
        };
        // Nothing is known of the last value of a writer that is not the last one.
        expect(read(false).slice(begin)).toEqual(sketches.slice(begin));
        const [found, rest] = [read(true), sketches.slice(begin)];
        if (found.at(-1)!.count > rest.at(-1)!.count) {
          expect(found.slice(begin)).toEqual([...rest.slice(1).map(() => NO_VALUES), mergeSketches(rest)]);
        } else expect(mergeSketches(found.slice(begin))).toEqual(mergeSketches(rest));
      }),
    );
  });

  it("take hardly more room than without", () => {
    const random = new SeededRandom(11);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const minutes = Array.from({ length: 300 }, () =>
      sketchOf(Array.from({ length: 90 }, () => Math.round(Math.exp(0.5 * normal()) * 1e9) / 1e9)),
    );
    const hours = [0, 60, 120, 180, 240].map((from) => minutes.slice(from, from + 60));
    const [grouped, flat] = [packed(hours).length, packed([minutes]).length];
    expect(grouped / flat).toBeLessThan(1.03);
  });

  it("are damage where they do not add up", () => {
    const groups = [[[1, 2, 3]], [[4, 9]]].map((group) => group.map(sketchOf));
    const bytes = packed(groups);
    expect(() => read(groups.slice(1), () => "each", bytes)).toThrow("2 groups of 1 sketches");
    expect(() => read([...groups, ...groups], () => "each", bytes)).toThrow("do not add up");
    expect(() => read(groups, () => "each", bytes.subarray(0, -1))).toThrow(RangeError);
  });
});
