import { LAYOUT_ID, MergedSketch, type SketchData, type SnapshotPoint } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePoints, encodePoints, type PointSink } from "../src/snapshot-codec.ts";

const series = { name: "x", tags: {}, definition: { kind: "counter" } } as const;

// The codec may write the negative zero as zero.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const decimal = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 8 })).map(([whole, places]) => whole / 10 ** places);
const sketched = (values: readonly number[]): SketchData => {
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  const empty = { layout: LAYOUT_ID, count: 0, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };
  return values.length === 0 ? empty : sketch.toData();
};
const point: fc.Arbitrary<SnapshotPoint> = fc.oneof(
  fc
    .oneof(fc.nat(), fc.maxSafeNat(), finite.map(Math.abs))
    .map((delta) => ({ kind: "counter", series, delta }) as const),
  fc.oneof(fc.integer(), fc.float(), finite, decimal).map((value) => ({ kind: "gauge", series, value }) as const),
  fc.array(finite, { maxLength: 50 }).map((values) => ({ kind: "timer", series, sketch: sketched(values) }) as const),
);
const row = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 31 }), point), { maxLength: 40 }).map((pairs) => ({
  ids: pairs.map(([id]) => id),
  points: pairs.map(([, one]) => one),
}));

const packedValue = (one: SnapshotPoint): unknown =>
  one.kind === "counter" ? one.delta : one.kind === "gauge" ? one.value : one.sketch;

const NOTHING_WANTED = new Uint8Array(2 ** 20);

const collect = (data: Uint8Array, wantsSketch = true, wanted?: Uint8Array): [number, unknown][] => {
  const found: [number, unknown][] = [];
  const sink: PointSink = {
    wanted,
    counter: (id, delta) => found.push([id, delta]),
    gauge: (id, value) => found.push([id, value]),
    wantsSketch: () => wantsSketch,
    sketch: (id, sketch) => found.push([id, sketch]),
  };
  decodePoints(data, sink);
  return found;
};

describe("the packed row", () => {
  it("gives back exactly what was packed, in the same order", () => {
    fc.assert(
      fc.property(row, fc.boolean(), ({ ids, points }, final) => {
        const expected = points.map((one, i) => [ids[i], packedValue(one)]);
        expect(collect(encodePoints(points, ids, final))).toStrictEqual(expected);
      }),
    );
  });

  it("steps over sketches that nobody wants and reads the rest as before", () => {
    fc.assert(
      fc.property(row, ({ ids, points }) => {
        const scalars = points.flatMap((one, i) => ("sketch" in one ? [] : [[ids[i], packedValue(one)]]));
        expect(collect(encodePoints(points, ids, false), false)).toStrictEqual(scalars);
      }),
    );
  });

  it("steps over series that nobody wants, however their values are written", () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), point), { maxLength: 60 });
    const mask = fc.uint8Array({ minLength: 200, maxLength: 400, max: 1 });
    fc.assert(
      fc.property(some, mask, (pairs, wanted) => {
        const ids = pairs.map(([id]) => id);
        const points = pairs.map(([, one]) => one);
        const expected = points.flatMap((one, i) => (wanted[ids[i]!] === 0 ? [] : [[ids[i], packedValue(one)]]));
        expect(collect(encodePoints(points, ids, false), true, wanted)).toStrictEqual(expected);
      }),
    );
  });

  it("refuses damaged bytes with one code, and never hangs or crashes", () => {
    const spot = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(row, spot, fc.nat(2000), fc.boolean(), ({ ids, points }, changes, cut, unwanted) => {
        const data = encodePoints(points, ids, false);
        for (const [at, byte] of changes) data[at % data.length] = byte;
        try {
          collect(data.subarray(0, Math.max(0, data.length - (cut % 8))), true, unwanted ? NOTHING_WANTED : undefined);
        } catch (error) {
          expect(error).toMatchObject({ code: "STORE_CORRUPT" });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("refuses any bytes that it did not write", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const first of [bytes[0] ?? 0, 1]) {
          try {
            collect(Uint8Array.from([first, ...bytes]));
          } catch (error) {
            expect(error).toMatchObject({ code: "STORE_CORRUPT" });
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("allocates nothing for a sketch that claims a billion buckets", () => {
    const claim = [1, 1, 16 + 6, 15, 0, ...new Array(8).fill(0), 0, 0x80, 0x94, 0xeb, 0xdc, 3];
    expect(() => collect(Uint8Array.from(claim))).toThrow(/cannot be read/);
  });

  it("keeps a layout that this version does not know", () => {
    const sketch = { layout: "other:1", count: 3, sum: 6, min: 2, max: 2, last: 2, indexes: [-7, 2], counts: [1, 1] };
    expect(collect(encodePoints([{ kind: "histogram", series, sketch }], [3], false))).toEqual([[3, sketch]]);
  });

  it.each([
    ["falling buckets", { indexes: [2, 1], counts: [1, 1] }],
    ["half a count", { indexes: [1, 2], counts: [0.5, 1.5] }],
    ["half a bucket", { indexes: [1.5, 2], counts: [1, 1] }],
    ["more buckets than counts", { indexes: [1, 2], counts: [2] }],
  ])("refuses to pack %s", (_, buckets) => {
    const sketch = { ...sketched([1, 2]), ...buckets };
    expect(() => encodePoints([{ kind: "timer", series, sketch }], [1], false)).toThrow(RangeError);
  });

  it("takes 2 bytes for a small counter or a small whole gauge, 3 for a gauge of few decimals, and 2 for the row", () => {
    const counter = { kind: "counter", series, delta: 5 } as const;
    const gauge = { kind: "gauge", series, value: 9 } as const;
    const share = { kind: "gauge", series, value: 0.1 } as const;
    expect(encodePoints([counter], [1], false).length).toBe(4);
    expect(encodePoints([counter, gauge], [1, 2], false).length).toBe(6);
    expect(encodePoints([share], [1], false).length).toBe(2 + 3);
  });
});
