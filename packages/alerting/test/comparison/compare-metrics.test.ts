import { bucketOf, LAYOUT_ID } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { type CompareOptions, compareMetrics } from "../../src/comparison/compare-metrics.ts";
import { UnitCollector } from "../../src/comparison/unit-collector.ts";
import type { ExportedPoint } from "../../src/read-export.ts";

const OPTIONS: CompareOptions = { threshold: 0.1, definitions: [] };

type Fields = { readonly instance?: string; readonly at: number; readonly seconds?: number };

const base = ({ instance = "a", at, seconds = 10 }: Fields) => ({
  unit: undefined,
  tags: {},
  instance,
  timestamp: at,
  resolutionSeconds: seconds,
});

const counter = (name: string, value: number, fields: Fields): ExportedPoint => ({
  ...base(fields),
  name,
  kind: "counter",
  value,
});
const gauge = (name: string, value: number, fields: Fields): ExportedPoint => ({
  ...base(fields),
  name,
  kind: "gauge",
  value,
});
const timer = (name: string, values: readonly number[], fields: Fields): ExportedPoint => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  const indexes = [...counts.keys()].sort((x, y) => x - y);
  return {
    ...base(fields),
    name,
    kind: "timer",
    unit: "s",
    count: values.length,
    sum: values.reduce((total, value) => total + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    last: values.at(-1)!,
    buckets: { layout: LAYOUT_ID, indexes, counts: indexes.map((index) => counts.get(index)!) },
  };
};

function side(points: Iterable<ExportedPoint>): UnitCollector {
  const units = new UnitCollector();
  for (const point of points) units.add(point);
  return units;
}

/** One point per flush from `make`. */
const flushes = (count: number, make: (flush: number) => ExportedPoint | readonly ExportedPoint[]): UnitCollector =>
  side(Array.from({ length: count }, (_, flush) => make(flush)).flat());

describe("metrics that are compared", () => {
  it("are a rate of counters over all that was covered, a flush without an increase included", () => {
    const units = flushes(40, (flush) => {
      const fields = { at: 10 * flush };
      return flush % 2 === 0 ? [counter("calls", 20, fields), gauge("level", 1, fields)] : gauge("level", 1, fields);
    });
    const calls = compareMetrics(units, units, OPTIONS).find(({ name }) => name === "calls")!;
    expect(calls).toMatchObject({ statistic: "rate", before: 1, after: 1, units: [40, 40], better: undefined });
  });

  it("are the mean over time of gauges, which are as they were where they are not stated", () => {
    const units = flushes(40, (flush) => {
      const fields = { at: 10 * flush };
      return flush % 10 === 0
        ? [gauge("level", flush / 10, fields), counter("calls", 1, fields)]
        : counter("calls", 1, fields);
    });
    expect(compareMetrics(units, units, OPTIONS)[1]).toMatchObject({ name: "level", before: 1.5, units: [40, 40] });
  });

  it("take neighbouring flushes together when there are thousands, without losing any", () => {
    const units = flushes(5000, (flush) => [
      counter("calls", 1, { at: 10 * flush }),
      timer("load", [0.01 + (flush % 10) / 1000], { at: 10 * flush }),
    ]);
    const [calls, load] = compareMetrics(units, units, { ...OPTIONS, statistic: "p90" });
    expect(calls).toMatchObject({ before: 0.1, units: [313, 313] });
    // In sixteen flushes of ten different values the ninth decile is one of the largest.
    expect(load!.before).toBeGreaterThan(0.0165);
    expect(load!.units).toEqual([313, 313]);
    const [, mean] = compareMetrics(units, units, OPTIONS);
    expect(mean!.before).toBeCloseTo(0.0145, 12);
  });

  it("are one number per run when there are enough processes, in which an untouched counter is 0", () => {
    const runs = (failing: number): UnitCollector =>
      flushes(12, (run) => {
        const fields = { instance: `run ${run}`, at: 10 * run };
        return run < failing
          ? [timer("load", [0.1], fields), counter("errors", 1, fields)]
          : timer("load", [0.1], fields);
      });
    const [errors, load] = compareMetrics(runs(0), runs(8), { ...OPTIONS, lowerIsBetter: ["err*"] });
    expect(errors).toMatchObject({ verdict: "worse", note: "0 before", before: 0, unitKind: "run", units: [12, 12] });
    expect(load).toMatchObject({ verdict: "same", better: "lower" });
    expect(compareMetrics(runs(8), runs(0), { ...OPTIONS, lowerIsBetter: ["err*"] })[0]).toMatchObject({
      verdict: "better",
      change: -1,
    });
  });

  it("do not pass when one side has nothing of them", () => {
    const [some, none] = [flushes(20, (flush) => timer("load", [0.1], { at: flush })), side([])];
    expect(compareMetrics(some, none, OPTIONS)[0]).toMatchObject({ verdict: "inconclusive", note: "nothing after" });
    expect(compareMetrics(none, some, OPTIONS)[0]).toMatchObject({ verdict: "inconclusive", note: "nothing before" });
  });

  it("are derived ones by group, from the sums of their inputs", () => {
    const hits = (rate: number): UnitCollector =>
      flushes(20, (flush) =>
        ["a", "b"].flatMap((kind) => {
          // Large windows must weigh more than small ones.
          const total = flush % 2 === 0 ? 1000 : 10;
          const found = Math.round(total * (flush % 2 === 0 ? rate : 0));
          const fields = { at: 10 * flush };
          return [
            { ...counter("hits", found, fields), tags: { kind } },
            { ...counter("misses", total - found, fields), tags: { kind } },
          ];
        }),
      );
    const definitions = [
      {
        name: "hit_rate",
        kind: "derived",
        formula: "hits / (hits + misses)",
        groupBy: ["kind"],
        normalRange: { min: 0.5 },
      },
    ] as const;
    const compared = compareMetrics(hits(0.9), hits(0.6), { ...OPTIONS, definitions }).filter(
      ({ kind }) => kind === "derived",
    );
    expect(compared.map(({ tags }) => tags)).toEqual([{ kind: "a" }, { kind: "b" }]);
    expect(compared[0]).toMatchObject({ verdict: "worse", better: "higher" });
    expect(compared[0]!.before).toBeCloseTo(900 / 1010, 12);
    expect(compared[0]!.after).toBeCloseTo(600 / 1010, 12);
  });
});
