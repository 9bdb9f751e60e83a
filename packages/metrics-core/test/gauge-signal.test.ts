import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GaugeSamples } from "../src/gauge-samples.ts";
import { type GaugeEnd, type GaugeSummary, summariseGauge, walkGauge } from "../src/gauge-signal.ts";
import type { GaugeMerge } from "../src/metric-definition.ts";

interface GaugeSample {
  readonly instance: number;
  readonly time: number;
  readonly value: number;
}
interface GaugeSegment {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

function columns(samples: readonly GaugeSample[]): GaugeSamples {
  const into = new GaugeSamples();
  for (const { instance, time, value } of samples) into.add(instance, time, value);
  return into;
}

function mergeGauge(
  samples: readonly GaugeSample[],
  goneAt: (instance: number) => number,
  merge: GaugeMerge,
  from: number,
  to: number,
): (GaugeEnd & { readonly segments: readonly GaugeSegment[] }) | undefined {
  const segments: GaugeSegment[] = [];
  const window = { samples: columns(samples), goneAt, merge, from, to };
  const end = walkGauge(window, (begin, until, value) => segments.push({ from: begin, to: until, value }));
  return end === undefined ? undefined : { ...end, segments };
}

function summary(
  samples: readonly GaugeSample[],
  goneAt: (instance: number) => number,
  merge: GaugeMerge,
  from: number,
  to: number,
): GaugeSummary | undefined {
  return summariseGauge({ samples: columns(samples), goneAt, merge, from, to });
}

const forever = (): number => Number.POSITIVE_INFINITY;
const two: GaugeSample[] = [
  { instance: 0, time: 1, value: 3 },
  { instance: 1, time: 2, value: 4 },
];

describe("the merged gauge", () => {
  it.each([
    ["sum", 7],
    ["max", 4],
    ["mean", 3.5],
    ["last", 4],
  ] as const)("merges two live instances by %s", (merge, value) => {
    expect(mergeGauge(two, forever, merge, 0, 10)).toMatchObject({ last: value, stale: false, statedAt: 2 });
  });

  it("leaves out an instance that is gone, and is stale when all are", () => {
    expect(mergeGauge(two, (one) => (one === 1 ? 5 : 100), "sum", 0, 10)).toMatchObject({ last: 3, stale: false });
    expect(mergeGauge(two, () => 5, "sum", 0, 10)).toMatchObject({ last: 4, stale: true });
  });

  it("knows nothing before the first statement", () => {
    expect(mergeGauge([], forever, "last", 0, 10)).toBeUndefined();
    expect(mergeGauge([{ instance: 0, time: 11, value: 1 }], forever, "last", 0, 10)).toBeUndefined();
  });

  it("carries a value from before the window into it, and weights the mean by time", () => {
    const samples = [
      { instance: 0, time: -50, value: 10 },
      { instance: 0, time: 9, value: 0 },
    ];
    expect(summary(samples, forever, "last", 0, 10)).toEqual({
      count: 1,
      min: 0,
      max: 10,
      mean: 9,
      last: 0,
      stale: false,
      statedAt: 9,
    });
  });

  it("copes with hundreds of thousands of short-lived instances", () => {
    const samples = Array.from({ length: 200_000 }, (_, i) => ({ instance: i, time: i / 1e6, value: i }));
    expect(summary(samples, (one) => one / 1e6, "last", 0, 1)).toMatchObject({ min: 1, max: 199_999, count: 199_999 });
    expect(
      mergeGauge(
        samples.slice(0, 150_000).map((one) => ({ ...one, time: -1 })),
        forever,
        "max",
        0,
        1,
      ),
    ).toMatchObject({
      last: 149_999,
    });
  });

  it.each(["sum", "max", "mean", "last"] as const)("weights the mean of a gauge merged by %s by time", (merge) => {
    const sample = fc.record({
      instance: fc.nat(2),
      time: fc.integer({ min: -5, max: 20 }),
      value: fc.integer({ min: -9, max: 9 }),
    });
    const distinct = fc.uniqueArray(sample, { selector: ({ time }) => time, minLength: 1, maxLength: 12 });
    const gone = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(distinct, gone, (samples, goneTimes) => {
        const seconds: number[] = [];
        for (let second = 0; second < 20; second++) {
          const alive = [0, 1, 2].flatMap((instance) => {
            const said = samples
              .filter((one) => one.instance === instance && one.time <= second)
              .sort((a, b) => b.time - a.time);
            return said[0] !== undefined && goneTimes[instance]! > second ? [said[0]] : [];
          });
          const values = alive.map((one) => one.value);
          if (values.length === 0) continue;
          const sum = values.reduce((total, one) => total + one, 0);
          const latest = alive.reduce((a, b) => (b.time > a.time ? b : a)).value;
          seconds.push({ sum, mean: sum / values.length, max: Math.max(...values), last: latest }[merge]);
        }
        const merged = summary(samples, (one) => goneTimes[one]!, merge, 0, 20);
        if (merged === undefined || seconds.length === 0) return;
        const { mean, min, max } = merged;
        expect(mean).toBeCloseTo(seconds.reduce((total, one) => total + one, 0) / seconds.length, 6);
        expect(min).toBeLessThanOrEqual(Math.min(...seconds));
        expect(max).toBeGreaterThanOrEqual(Math.max(...seconds));
      }),
    );
  });

  it("agrees with asking every second who is alive and what they say", () => {
    const sample = fc.record({
      instance: fc.nat(3),
      time: fc.integer({ min: -10, max: 30 }),
      value: fc.integer({ min: -5, max: 5 }),
    });
    const distinct = fc.uniqueArray(sample, { selector: ({ instance, time }) => `${instance} ${time}`, minLength: 1 });
    fc.assert(
      fc.property(
        distinct,
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 4, maxLength: 4 }),
        (samples, gone) => {
          const signal = mergeGauge(samples, (one) => gone[one]!, "sum", 0, 25);
          for (let second = 0; second < 25; second++) {
            const values = [0, 1, 2, 3].flatMap((instance) => {
              const said = samples
                .filter((one) => one.instance === instance && one.time <= second)
                .sort((a, b) => b.time - a.time)[0];
              // A late statement of somebody thought gone counts for no time.
              return said !== undefined && gone[instance]! > second ? [said.value] : [];
            });
            const at = signal?.segments.find((segment) => segment.from <= second && segment.to >= second + 1);
            expect(at?.value).toBe(values.length === 0 ? undefined : values.reduce((total, one) => total + one, 0));
          }
        },
      ),
    );
  });
});

describe("samples of a gauge", () => {
  it("come in order of time however they were added, those of one moment as they were added", () => {
    const sample = fc.record({ instance: fc.nat(3), time: fc.integer({ min: 0, max: 12 }), value: fc.integer() });
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const { instances, times, values } = columns(samples).inOrder();
        const found = times.map((time, i) => ({ instance: instances[i]!, time, value: values[i]! }));
        expect(found).toEqual([...samples].sort((a, b) => a.time - b.time));
      }),
    );
  });
});

describe("a gauge that its instance states no longer", () => {
  const gone = { instance: 0, time: 6, value: Number.NaN };

  it.each([
    ["sum", 7, 4],
    ["max", 4, 4],
    ["mean", 3.5, 4],
  ] as const)("merged by %s, holds until then, and the others after it", (merge, before, after) => {
    expect(mergeGauge([...two, gone], forever, merge, 2, 10)).toMatchObject({
      last: after,
      stale: false,
      statedAt: 2,
      segments: [
        { from: 2, to: 6, value: before },
        { from: 6, to: 10, value: after },
      ],
    });
  });

  it("is stale when it was the only one, and its end is no value that was stated", () => {
    const only = [{ instance: 0, time: 1, value: 3 }, gone];
    expect(summary(only, forever, "last", 0, 10)).toMatchObject({
      last: 3,
      stale: true,
      count: 1,
      min: 3,
      max: 3,
      mean: 3,
    });
    expect(mergeGauge(only, forever, "last", 0, 10)!.segments).toEqual([{ from: 1, to: 6, value: 3 }]);
    expect(summary([gone], forever, "last", 0, 10)).toBeUndefined();
  });

  it("is there again when it is stated again", () => {
    const again = [{ instance: 0, time: 1, value: 3 }, gone, { instance: 0, time: 8, value: 5 }];
    expect(mergeGauge(again, forever, "sum", 0, 10)).toMatchObject({
      last: 5,
      stale: false,
      segments: [
        { from: 1, to: 6, value: 3 },
        { from: 8, to: 10, value: 5 },
      ],
    });
  });
});
