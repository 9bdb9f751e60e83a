import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf } from "../src/bucket-layout.ts";
import { CollectionCursor } from "../src/collection-cursor.ts";
import { scaleToTotal } from "../src/distribution-difference.ts";
import { ManualClock, MemoryBackend, MetricsCollector } from "../src/index.ts";
import { SeriesRegistry } from "../src/series-registry.ts";

function registry(): SeriesRegistry {
  return new SeriesRegistry({
    clock: new ManualClock(),
    sampling: { rate: 1, random: () => 0 },
    maxSeriesPerMetric: 1000,
    onProblem: () => {},
  });
}

describe("CollectionCursor", () => {
  it("gives each cursor everything once, whenever each of them asks", () => {
    const step = fc.oneof(
      fc.record({ record: fc.integer({ min: -1000, max: 1000 }) }),
      fc.record({ collect: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const made = registry();
        const histogram = made.resolve("h", { kind: "histogram" }, {});
        const counter = made.resolve("c", { kind: "counter" }, {});
        const cursors = [0, 1, 2].map(() => new CollectionCursor(made));
        const pending: number[][] = [[], [], []];
        const collect = (which: number): void => {
          const points = cursors[which]!.collect(0, false, cursors);
          const values = pending[which]!.splice(0);
          const sketch = points.flatMap((point) => (point.kind === "histogram" ? [point.sketch] : []))[0];
          const delta = points.flatMap((point) => (point.kind === "counter" ? [point.delta] : []))[0];
          expect(sketch?.count ?? 0).toBe(values.length);
          expect(delta ?? 0).toBe(values.length);
          if (values.length === 0) return;
          expect(sketch).toMatchObject({ min: Math.min(...values), max: Math.max(...values), last: values.at(-1) });
          expect(sketch!.sum).toBeCloseTo(values.reduce((total, one) => total + one, 0));
        };
        for (const one of steps) {
          if ("collect" in one) collect(one.collect);
          else {
            histogram.record(one.record);
            counter.add();
            for (const values of pending) values.push(one.record);
          }
        }
        for (const which of [0, 1, 2]) collect(which);
      }),
    );
  });

  it("finds what was counted in the outermost buckets, next to zero and on either side of a power of two", () => {
    const made = registry();
    const histogram = made.resolve("h", { kind: "histogram" }, {});
    const cursor = new CollectionCursor(made);
    const edges = [
      -2e12,
      -(2 ** 40),
      -64,
      -2,
      -(2 ** -30),
      -1e-12,
      0,
      1e-12,
      2 ** -30,
      1.999,
      2,
      63.999,
      64,
      2 ** 40,
      2e12,
    ];
    for (let from = 0; from < edges.length; from++) {
      for (let to = from; to < edges.length; to++) {
        const values = edges.slice(from, to + 1);
        for (const value of values) histogram.record(value);
        const [point] = cursor.collect(0, false, [cursor]);
        if (point?.kind !== "histogram") throw new Error("nothing was found");
        expect(point.sketch).toMatchObject({ count: values.length, min: edges[from], max: edges[to] });
        const buckets = [...new Set(values.map(bucketOf))];
        expect(point.sketch.indexes).toEqual(buckets);
        expect(point.sketch.counts).toEqual(
          buckets.map((bucket) => values.filter((v) => bucketOf(v) === bucket).length),
        );
      }
    }
  });

  it("hands extremes of long ago to a backend that is added late", async () => {
    const clock = new ManualClock();
    const [early, late] = [new MemoryBackend(), new MemoryBackend()];
    const collector = new MetricsCollector({ backends: [early], clock, service: "t" });
    const histogram = collector.histogram("h");
    for (const value of [4, 9, 2]) {
      histogram.record(value);
      clock.advance(10);
      await collector.flush();
    }
    collector.addBackend(late);
    clock.advance(10);
    await collector.flush();
    const [found] = await late.summaries({ match: "h", from: 0, to: clock.now() });
    expect(found).toMatchObject({ count: 3, sum: 15, min: 2, max: 9, last: 2 });
  });

  it("states everything again when it is asked for everything", () => {
    const made = registry();
    made.resolve("g", { kind: "gauge" }, {}).set(3);
    made.resolve("c", { kind: "counter" }, {}).add(3);
    made.resolve("h", { kind: "histogram" }, {}).record(3);
    made.resolve("never", { kind: "gauge" }, {});
    const cursor = new CollectionCursor(made);
    cursor.collect(0, false, [cursor]);
    expect(cursor.collect(1, false, [cursor])).toEqual([]);
    expect(cursor.collect(2, true, [cursor])).toMatchObject([
      { kind: "gauge", value: 3 },
      { kind: "counter", delta: 0 },
      { kind: "histogram", sketch: { count: 0, indexes: [] } },
    ]);
  });
});

describe("scaleToTotal", () => {
  it("gives whole numbers that total what is asked, each within 1 of its share", () => {
    const input = fc.tuple(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 100 }),
    );
    fc.assert(
      fc.property(input, ([counts, factor]) => {
        const sampledTotal = counts.reduce((total, one) => total + one, 0);
        const total = sampledTotal * factor + (factor - 1);
        const scaled = scaleToTotal(counts, total, sampledTotal);
        expect(scaled.reduce((sum, one) => sum + one, 0)).toBe(total);
        for (const [i, share] of scaled.entries()) {
          expect(Number.isInteger(share)).toBe(true);
          expect(Math.abs(share - (counts[i]! * total) / sampledTotal)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
