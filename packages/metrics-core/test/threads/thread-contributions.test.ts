import fc from "fast-check";
import { expect, it } from "vitest";
import { CollectionCursor } from "../../src/collection-cursor.ts";
import { ManualClock, MergedSketch } from "../../src/index.ts";
import type { DistributionSeries, ScalarSeries } from "../../src/recorded-series.ts";
import { SeriesRegistry } from "../../src/series-registry.ts";
import { ThreadContributions } from "../../src/threads/thread-contributions.ts";

function registry(): SeriesRegistry {
  return new SeriesRegistry({
    clock: new ManualClock(),
    sampling: { rate: 1, random: () => 0 },
    maxSeriesPerMetric: 1000,
    onProblem: () => {},
  });
}

function recorder() {
  const made = registry();
  const counter = made.resolve("c", { kind: "counter" }, {});
  const histogram = made.resolve("h", { kind: "histogram" }, {});
  const record = (value: number): void => {
    counter.add(Math.abs(value));
    histogram.record(value);
  };
  return {
    made,
    record,
    counter: counter as unknown as ScalarSeries,
    histogram: histogram as unknown as DistributionSeries,
  };
}

it("threads that come, record and end in any order add up for every cursor, to the unit and with their extremes", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ record: fc.integer({ min: -1000, max: 1000 }), thread: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ collect: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ end: fc.integer({ min: 1, max: 3 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const main = recorder();
      const contributions = new ThreadContributions(main.made.distributions);
      main.made.contributions = contributions;
      const threads = new Map<number, { readonly record: (value: number) => void; readonly end: () => void }>();
      const thread = (number: number) => {
        const running = threads.get(number);
        if (running !== undefined) return running;
        const started = recorder();
        const ends = [
          contributions.addScalar(main.counter, { chunk: started.counter.chunk, slot: started.counter.slot }),
          contributions.addDistribution(main.histogram, {
            cell: started.histogram.cell,
            slabs: started.made.distributions.slabs,
          }),
        ];
        const end = (): void => {
          for (const each of ends) each();
        };
        const added = { record: started.record, end };
        threads.set(number, added);
        return added;
      };
      const cursors = [0, 1].map(() => new CollectionCursor(main.made));
      const pending: number[][] = [[], []];
      const collect = (which: number): void => {
        contributions.refresh();
        const values = pending[which]!.splice(0);
        let [delta, sum] = [0, 0];
        const merged = new MergedSketch();
        for (const point of cursors[which]!.collect(0, false, cursors)) {
          if (point.kind === "counter") delta += point.delta;
          if (point.kind !== "histogram" || point.sketch.count === 0) continue;
          merged.add(point.sketch);
          sum += point.sketch.sum;
          expect(point.sketch).toMatchObject({ min: Math.min(...values), max: Math.max(...values) });
        }
        expect(delta).toBe(values.reduce((total, value) => total + Math.abs(value), 0));
        expect(sum).toBe(values.reduce((total, value) => total + value, 0));
        expect(merged.count).toBe(values.length);
      };
      for (const one of steps) {
        if ("collect" in one) collect(one.collect);
        else if ("end" in one) {
          threads.get(one.end)?.end();
          threads.delete(one.end);
        } else {
          (one.thread === 0 ? main : thread(one.thread)).record(one.record);
          for (const values of pending) values.push(one.record);
        }
      }
      collect(0);
      collect(1);
    }),
    { numRuns: 300 },
  );
});

it("the last value of a distribution is that of the thread that recorded most recently", () => {
  const [main, other] = [recorder(), recorder()];
  const contributions = new ThreadContributions(main.made.distributions);
  main.made.contributions = contributions;
  const end = contributions.addDistribution(main.histogram, {
    cell: other.histogram.cell,
    slabs: other.made.distributions.slabs,
  });
  const cursor = new CollectionCursor(main.made);
  const last = (): number | undefined =>
    cursor.collect(0, false, [cursor]).flatMap((point) => (point.kind === "histogram" ? [point.sketch.last] : []))[0];
  main.record(1);
  expect(last()).toBe(1);
  other.record(2);
  expect(last()).toBe(2);
  main.record(3);
  expect(last()).toBe(3);
  other.record(4);
  end();
  expect(last()).toBe(4);
});

it("a value of which only a part was seen when it was recorded is completed by the next collections", () => {
  const [main, other] = [recorder(), recorder()];
  const contributions = new ThreadContributions(main.made.distributions);
  main.made.contributions = contributions;
  const { cell } = other.histogram;
  const { slabs } = other.made.distributions;
  contributions.addDistribution(main.histogram, { cell, slabs });
  const cursor = new CollectionCursor(main.made);
  const sketches = () =>
    cursor.collect(0, false, [cursor]).flatMap((point) => (point.kind === "histogram" ? [point.sketch] : []));
  sketches();
  other.record(100);
  // The collection comes when the bucket is not counted yet.
  const block = cell.directory[cell.directoryAt + 36]!;
  const place = ((block & 255) << 6) + 36;
  expect(slabs[block >>> 8]![place]).toBe(1);
  slabs[block >>> 8]![place] = 0;
  expect(sketches()).toEqual([]);
  slabs[block >>> 8]![place] = 1;
  const [sketch, ...more] = sketches();
  expect(sketch).toMatchObject({ count: 1, sum: 100, min: 100, max: 100, last: 100 });
  expect(more).toEqual([]);
  // Nor are the extremes of a value that was begun in one collection and counted in another further than its bucket.
  slabs[block >>> 8]![place] = 2;
  other.record(3);
  const [both] = sketches();
  expect(both).toMatchObject({ count: 2, min: 3 });
  expect(Math.abs(both!.max - 100)).toBeLessThan(1);
});

it("a counter of fractions never falls when a thread has ended", () => {
  const [main, ...others] = [recorder(), recorder(), recorder()];
  const contributions = new ThreadContributions(main!.made.distributions);
  main!.made.contributions = contributions;
  const cursor = new CollectionCursor(main!.made);
  const counters = [main!, ...others].map(({ counter }) => counter as unknown as { add(amount: number): void });
  const ends = others.map(({ counter }) =>
    contributions.addScalar(main!.counter, { chunk: counter.chunk, slot: counter.slot }),
  );
  // 0.2 + 0.1 + 0.3 is 0.6000000000000001, and 0.2 + 0.3 + 0.1 is 0.6.
  for (const [at, amount] of [0.2, 0.1, 0.3].entries()) counters[at]!.add(amount);
  const deltas: number[] = [];
  const collect = (): void => {
    contributions.refresh();
    for (const point of cursor.collect(0, false, [cursor])) if (point.kind === "counter") deltas.push(point.delta);
  };
  collect();
  ends[1]!();
  collect();
  ends[0]!();
  collect();
  expect(deltas.every((delta) => delta >= 0)).toBe(true);
  expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBeCloseTo(0.6, 12);
});
