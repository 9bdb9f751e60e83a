import { bucketOf, LAYOUT_ID, MergedSketch, type SketchData } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChunkValues, decodeChunk, decodeHead, encodeChunk } from "../src/chunk-codec.ts";
import { decodeTicks, encodeTicks, type TickList } from "../src/tick-list.ts";

const EMPTY: SketchData = { layout: LAYOUT_ID, count: 0, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };

const ticksOf = (count: number): TickList => ({
  writers: Array.from({ length: count }, (_, i) => (i < count / 2 ? 1 : 3)),
  firstSeqs: Array.from({ length: count }, (_, i) => i + 1),
  seqs: Array.from({ length: count }, (_, i) => i + 1),
  starts: Array.from({ length: count }, (_, i) => 1.7e9 + i * 10 - 10.0003),
  ends: Array.from({ length: count }, (_, i) => 1.7e9 + i * 10),
  gaps: Array.from({ length: count }, () => []),
});

const sketchOf = (values: readonly number[]): SketchData => {
  if (values.length === 0) return EMPTY;
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  return sketch.toData();
};

const sketch = fc
  .array(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(0, 1e-9, 0.25)), { maxLength: 40 })
  .map(sketchOf);
const odd = fc.constantFrom<SketchData>(
  { ...sketchOf([1, 2, 3]), layout: "other" },
  { ...sketchOf([1, 2, 3]), count: 30 },
  { ...sketchOf([1, 2]), indexes: [1, 2, 3], counts: [1, 0, 1] },
);
const values: fc.Arbitrary<ChunkValues> = fc.oneof(
  fc.array(fc.double({ noNaN: true }), { minLength: 1 }).map((deltas): ChunkValues => ({ kind: "counter", deltas })),
  fc
    .array(fc.nat(), { minLength: 1 })
    .map((deltas): ChunkValues => ({ kind: "counter", deltas, increases: deltas.map((delta) => Math.min(delta, 6)) })),
  fc.array(fc.double(), { minLength: 1 }).map((list): ChunkValues => ({ kind: "gauge", values: list })),
  fc.array(fc.double({ noNaN: true }), { minLength: 1 }).map(
    (list): ChunkValues => ({
      kind: "gauge",
      values: list,
      spans: { held: list.map(() => 50), means: list, mins: list.map((one) => one / 2), maxs: list },
    }),
  ),
  fc
    .array(fc.tuple(fc.constantFrom(0, -0, 0.25, 7, Math.PI), fc.nat(3), fc.nat(3)), { minLength: 1 })
    .map((list): ChunkValues => {
      const [mins, maxs] = [list.map(([last, below]) => last - below), list.map(([last, , above]) => last + above)];
      const means = list.map(([last], i) => (mins[i] === maxs[i] ? last : (mins[i]! + 2 * maxs[i]!) / 3));
      return {
        kind: "gauge",
        values: list.map(([last]) => last),
        spans: { held: list.map(() => 50), means, mins, maxs },
      };
    }),
  fc.array(sketch, { minLength: 1 }).map((sketches): ChunkValues => ({ kind: "sketch", sketches })),
  fc.array(fc.oneof(sketch, odd), { minLength: 1 }).map((sketches): ChunkValues => ({ kind: "sketch", sketches })),
);
const lengthOf = (of: ChunkValues): number =>
  of.kind === "counter" ? of.deltas.length : of.kind === "gauge" ? of.values.length : of.sketches.length;

describe("a chunk", () => {
  it("comes back to the bit, with the positions of its samples", () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(4)), (given, skips) => {
        let next = 0;
        const positions = Array.from({ length: lengthOf(given) }, (_, i) => {
          next += 1 + (skips[i % Math.max(1, skips.length)] ?? 0);
          return next - 1;
        });
        const chunk = encodeChunk(ticksOf(next), positions, given);
        const head = decodeHead(chunk.sketch, next);
        expect(head.positions).toEqual(positions);
        expect(head.kind).toBe(given.kind);
        expect(decodeChunk(head, chunk.data, "buckets")).toEqual(given);
      }),
    );
  });

  it("states its totals and the sketch of all its samples, the last value being the latest row's", () => {
    // Two writers side by side: the rows of the first are older than the last of the second, and younger than its first.
    const ticks = { ...ticksOf(4), ends: [10, 40, 20, 30] };
    const sketches = [sketchOf([1]), sketchOf([5, 4]), EMPTY, sketchOf([2])];
    const chunk = encodeChunk(ticks, [0, 1, 2, 3], { kind: "sketch", sketches });
    expect(chunk).toMatchObject({ count: 4, sum: 12, min: 1, max: 5 });
    const { merged } = decodeHead(chunk.sketch, 4);
    expect(merged?.()).toMatchObject({ count: 4, sum: 12, last: 4, indexes: [1, 2, 4, 5].map(bucketOf) });
    expect(encodeChunk(ticks, [0, 2], { kind: "counter", deltas: [0, 3] })).toMatchObject({ count: 1, sum: 3 });
    expect(encodeChunk(ticks, [0, 2], { kind: "gauge", values: [7, -3] })).toMatchObject({ count: 2, min: -3, max: 7 });
  });

  it("gives sums and extremes without unpacking buckets", () => {
    const sketches = [sketchOf([1, 2, 3]), sketchOf([9])];
    const { sketch: head, data } = encodeChunk(ticksOf(2), [0, 1], { kind: "sketch", sketches });
    // The buckets stand at the end: without them nothing is missing.
    const found = decodeChunk(decodeHead(head, 2), data.subarray(0, -3), "numbers");
    expect(found).toMatchObject({
      sketches: [
        { count: 3, sum: 6, max: 3, indexes: [] },
        { count: 1, last: 9 },
      ],
    });
    expect(() => decodeChunk(decodeHead(head, 2), data.subarray(0, -3), "buckets")).toThrow("a chunk cannot be read");
  });

  it("is reported as damage when its bytes make no sense", () => {
    const given: ChunkValues = { kind: "sketch", sketches: Array.from({ length: 50 }, (_, i) => sketchOf([i, i / 3])) };
    const chunk = encodeChunk(
      ticksOf(50),
      Array.from({ length: 50 }).map((_, i) => i),
      given,
    );
    fc.assert(
      fc.property(fc.nat(chunk.data.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const data = Buffer.from(chunk.data);
        data[at]! ^= flip;
        try {
          decodeChunk(decodeHead(chunk.sketch, 50), data, "buckets");
        } catch (error) {
          expect(error).toMatchObject({ code: "STORE_CORRUPT" });
        }
      }),
    );
    expect(() => decodeHead(chunk.sketch, 49)).toThrow("position 49 of 49");
  });
});

describe("the rows of a block", () => {
  it("come back to the bit", () => {
    const number = fc.double({ noNaN: true });
    const row = fc.record({
      writer: fc.integer({ min: 1, max: 2 ** 40 }),
      firstSeq: fc.integer({ min: 1, max: 2 ** 40 }),
      more: fc.nat(),
      start: number,
      end: number,
      gaps: fc.array(number, { maxLength: 4 }).map((bounds) => bounds.slice(0, bounds.length & ~1)),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const ticks: TickList = {
          writers: rows.map(({ writer }) => writer),
          firstSeqs: rows.map(({ firstSeq }) => firstSeq),
          seqs: rows.map(({ firstSeq, more }) => firstSeq + more),
          starts: rows.map(({ start }) => start),
          ends: rows.map(({ end }) => end),
          gaps: rows.map(({ gaps }) => gaps),
        };
        expect(decodeTicks(encodeTicks(ticks))).toEqual(ticks);
      }),
    );
  });

  it("take few bytes when they come regularly", () => {
    expect(encodeTicks(ticksOf(360)).length).toBeLessThan(360 * 2);
  });
});
