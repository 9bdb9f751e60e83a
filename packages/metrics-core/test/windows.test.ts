import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketOf,
  LAYOUT_ID,
  MemoryBackend,
  type MetricSnapshot,
  type MetricSummary,
  type NamedDefinition,
  type RecordedMetricDefinition,
  type SeriesDescriptor,
  type SeriesStatistic,
  type SketchData,
  type SnapshotPoint,
  type Tags,
} from "../src/index.ts";

const START = 1_700_000_000;

interface Flush {
  readonly seconds: number;
  readonly counter: number | undefined;
  readonly gauge: number | undefined;
  readonly values: readonly number[];
}
interface Run {
  readonly begin: number;
  readonly service: string;
  readonly closes: boolean;
  readonly flushes: readonly Flush[];
}

const flush = fc.record<Flush>({
  seconds: fc.integer({ min: 1, max: 10 }),
  counter: fc.option(fc.nat(20), { nil: undefined }),
  gauge: fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined }),
  values: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 3 }),
});
const runs = fc.array(
  fc.record<Run>({
    begin: fc.nat(30),
    service: fc.constantFrom("web", "job"),
    closes: fc.boolean(),
    flushes: fc.array(flush, { minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const describeSeries = (name: string, definition: RecordedMetricDefinition, tags: Tags = {}): SeriesDescriptor => ({
  name,
  tags,
  definition,
});
const COUNTER = describeSeries("c", { kind: "counter" });
const TIMER = describeSeries("t", { kind: "timer", unit: "s" });
const GAUGES = (["sum", "max", "mean", "last"] as const).map((merge) =>
  describeSeries(`g.${merge}`, { kind: "gauge", merge }),
);
const DERIVED: readonly NamedDefinition[] = [{ name: "d", kind: "derived", formula: "c / (c + 5)" }];

function sketchOf(values: readonly number[]): SketchData {
  const buckets = new Map<number, number>();
  for (const value of values) buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1);
  const rising = [...buckets].sort(([a], [b]) => a - b);
  return {
    layout: LAYOUT_ID,
    count: values.length,
    sum: values.reduce((total, one) => total + one, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    last: values.at(-1)!,
    indexes: rising.map(([bucket]) => bucket),
    counts: rising.map(([, count]) => count),
  };
}

function snapshotsOf({ begin, service, closes, flushes }: Run, index: number): MetricSnapshot[] {
  let end = START + begin;
  return flushes.map(({ seconds, counter, gauge, values }, i) => {
    const start = end;
    end += seconds;
    const points: SnapshotPoint[] = [];
    if (counter !== undefined) points.push({ kind: "counter", series: COUNTER, delta: counter });
    if (gauge !== undefined) for (const series of GAUGES) points.push({ kind: "gauge", series, value: gauge });
    if (values.length > 0) points.push({ kind: "timer", series: TIMER, sketch: sketchOf(values) });
    return {
      instance: { service, version: "", host: "h", pid: index, thread: 0, startTime: 0, writerId: `w${index}` },
      sequence: i + 1,
      start,
      end,
      flushIntervalSeconds: 10,
      final: closes && i === flushes.length - 1,
      points,
      derived: DERIVED,
    };
  });
}

/** Snapshots of all runs in the order in which a store would get them. */
const written = (all: readonly Run[]): MetricSnapshot[] => all.flatMap(snapshotsOf).sort((a, b) => a.end - b.end);

function store(snapshots: readonly MetricSnapshot[]): MemoryBackend {
  const memory = new MemoryBackend();
  for (const snapshot of snapshots) memory.write(snapshot);
  return memory;
}
const window = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 60 })).map(([from, length]) => ({
  from: START + from,
  to: START + from + length,
}));
const find = (all: readonly MetricSummary[], name: string): MetricSummary | undefined =>
  all.find((one) => one.name === name);

describe("a summary", () => {
  it("holds exactly the deltas that end in (from, to], per second that any instance covered", async () => {
    await fc.assert(
      fc.asyncProperty(runs, window, async (all, { from, to }) => {
        const snapshots = written(all);
        const summaries = await store(snapshots).summaries({ from, to });
        const used = snapshots.filter(({ end }) => end > from && end <= to);
        const seconds = new Set(
          used.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
        );
        const points = used.flatMap((snapshot) => snapshot.points);
        const deltas = points.flatMap((point) => (point.kind === "counter" ? [point.delta] : []));
        const sum = deltas.reduce((total, one) => total + one, 0);
        const counter = find(summaries, "c");
        if (deltas.length > 0) {
          expect(counter).toMatchObject({ sum, count: deltas.filter((one) => one > 0).length, covered: seconds.size });
          expect(counter!.rate).toBeCloseTo(sum / seconds.size, 9);
          // 0 / (0 + 5) is a value, and so is everything else here.
          expect(find(summaries, "d")?.value).toBeCloseTo(sum / (sum + 5), 9);
        }
        const sketches = points.flatMap((point) => (point.kind === "timer" ? [point.sketch] : []));
        const timer = find(summaries, "t");
        if (sketches.length > 0) {
          expect(timer).toMatchObject({
            count: sketches.reduce((total, one) => total + one.count, 0),
            sum: sketches.reduce((total, one) => total + one.sum, 0),
            min: Math.min(...sketches.map((one) => one.min)),
            max: Math.max(...sketches.map((one) => one.max)),
          });
        }
      }),
    );
  });

  it("does not depend on the order in which instances write", async () => {
    await fc.assert(
      fc.asyncProperty(runs, window, async (all, query) => {
        const withoutLast = (summaries: readonly MetricSummary[]): unknown[] =>
          // Which of two instances spoke last at the very same moment is open.
          summaries.filter((one) => one.name !== "g.last").map((one) => ({ ...one, last: 0 }));
        const inTurn = await store(written(all)).summaries(query);
        const oneAfterAnother = await store(
          [...all.keys()].reverse().flatMap((i) => snapshotsOf(all[i]!, i)),
        ).summaries(query);
        expect(withoutLast(oneAfterAnother)).toEqual(withoutLast(inTurn));
      }),
    );
  });

  it("by instance is what each instance's summary is, and adds up to the whole", async () => {
    await fc.assert(
      fc.asyncProperty(runs, window, async (all, query) => {
        const memory = store(written(all));
        const [whole, parts] = [await memory.summaries(query), await memory.summaries({ ...query, byInstance: true })];
        for (const part of parts) {
          const alone = await memory.summaries({ ...query, instance: part.instance!.writerId });
          expect({ ...part, instance: undefined }).toEqual(find(alone, part.name));
        }
        const total = parts.reduce((sum, one) => sum + (one.name === "c" ? one.sum! : 0), 0);
        expect(total).toBe(find(whole, "c")?.sum ?? 0);
      }),
    );
  });
});

describe("a step of a series", () => {
  const flows: [string, SeriesStatistic[]][] = [
    ["c", ["sum", "count", "rate"]],
    ["t", ["count", "sum", "rate", "min", "max", "mean", "last", "p50", "p95", "p99"]],
    ["d", ["value"]],
    ["g.sum", ["last", "mean", "min", "max"]],
    ["g.max", ["last", "mean", "min", "max"]],
    ["g.mean", ["last", "mean", "min", "max"]],
  ];

  it.each(flows)("of %s says what a summary of the same window says", async (name, statistics) => {
    await fc.assert(
      fc.asyncProperty(runs, window, fc.integer({ min: 1, max: 30 }), async (all, { from, to }, stepSeconds) => {
        const memory = store(written(all));
        for (const statistic of statistics) {
          const [found] = await memory.series({ match: name, from, to, stepSeconds, statistic });
          if (found === undefined) continue;
          expect(found.points.map(([end]) => end)).toEqual(
            Array.from({ length: Math.ceil((to - from) / stepSeconds) }, (_, i) =>
              Math.min(to, from + (i + 1) * stepSeconds),
            ),
          );
          for (const [end, value] of found.points) {
            const begin = from + Math.floor((end - 1 - from) / stepSeconds) * stepSeconds;
            const summary = find(await memory.summaries({ match: name, from: begin, to: end }), name);
            const expected = summary?.stale ? undefined : summary?.[statistic as "sum"];
            if (value === null || expected === undefined) {
              // Between the flushes of somebody alive a counter has +0 or nothing; a summary has the last known value.
              expect([name, statistic, end - from, value ?? 0]).toEqual([
                name,
                statistic,
                end - from,
                expected ?? value ?? 0,
              ]);
            } else expect(value, `${name} ${statistic} (${begin - START}, ${end - START}]`).toBeCloseTo(expected, 6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
