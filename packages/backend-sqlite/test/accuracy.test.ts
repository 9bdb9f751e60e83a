import { SeededRandom } from "@giflab/backend-testkit";
import { type MetricSummary, MetricsCollector, type SeriesStatistic } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
/** Minutes after an hour, hours after six. */
const QUICK = { rawHours: 1, retentionDays: 0.25 };
const HOURS = 24;
/** Contract 5: a bucket answers with its middle. */
const RELATIVE_ERROR = 0.01;

type Shape = (random: SeededRandom) => number;
const SHAPES: Readonly<Record<string, Shape>> = {
  uniform: (random) => random.next() * 1000,
  "log-normal": (random) => random.duration(0.01, 1.5),
  bimodal: (random) => (random.integer(10) === 0 ? 5 + random.next() : (1 + random.next()) / 1000),
  pareto: (random) => 0.001 * (1 - random.next()) ** (-1 / 1.2),
  constant: () => 0.123,
  negative: (random) => -random.duration(10, 2),
  "both-signs": (random) => (random.integer(3) - 1) * random.duration(1, 3),
};
const NAMES = Object.keys(SHAPES);
const QUANTILES: readonly (readonly [SeriesStatistic, number])[] = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p999", 0.999],
];

/** A value that was recorded, and the end of the flush that it came with. */
interface Recorded {
  readonly name: string;
  readonly service: string;
  readonly route: string;
  readonly at: number;
  readonly value: number;
}

/** Some processes that record and flush at moments of their own for a day, while now and then all upkeep is done. */
async function record(random: SeededRandom): Promise<readonly Recorded[]> {
  const { clock } = folder;
  const start = Math.ceil(clock.now() / HOUR) * HOUR;
  clock.advance(start - clock.now());
  const log: Recorded[] = [];
  const processes = Array.from({ length: 1 + random.integer(4) }, (_, at) => {
    const service = `process-${at}`;
    const collector = new MetricsCollector({
      backends: [folder.open(QUICK)],
      service,
      flushIntervalSeconds: 3600,
      clock,
    });
    return { service, collector, pause: 30 + random.integer(200), next: start };
  });
  while (clock.now() < start + HOURS * HOUR) {
    const process = processes.reduce((a, b) => (a.next <= b.next ? a : b));
    const { service, collector } = process;
    clock.advance(Math.max(0, process.next - clock.now()));
    process.next += process.pause * (0.2 + random.next());
    const at = clock.now();
    const route = random.integer(3) === 0 ? "rare" : "usual";
    for (const [name, shape] of Object.entries(SHAPES)) {
      for (let count = random.integer(random.integer(20) === 0 ? 60 : 4); count > 0; count--) {
        const value = shape(random);
        collector.recordHistogram(name, value, { route });
        log.push({ name, service, route, at, value });
      }
    }
    const value = random.integer(2 ** 31);
    collector.recordCounter("counted", value, { route });
    log.push({ name: "counted", service, route, at, value });
    await collector.flush();
    if (random.integer(300) === 0) sealDue(folder.dbPath, clock);
  }
  sealDue(folder.dbPath, clock);
  for (const { collector } of processes) await collector.close();
  return log;
}

/** A window that no rolled up row stands across. */
function someWindow(random: SeededRandom, now: number): { readonly from: number; readonly to: number } {
  const end = Math.floor(now / HOUR);
  if (random.integer(3) === 0) {
    const from = now - random.next() * HOUR;
    return { from, to: from + random.next() * (now - from) };
  }
  const from = end - 1 - random.integer(HOURS);
  return { from: from * HOUR, to: (from + 1 + random.integer(end - from)) * HOUR };
}

/** Of such a window, steps that each are one. */
function stepOf(random: SeededRandom, from: number, to: number): number {
  return from % HOUR === 0 ? HOUR * (1 + random.integer(6)) : (to - from) / (1 + random.integer(20));
}

const values = (log: readonly Recorded[]): readonly number[] => log.map(({ value }) => value);
const total = (log: readonly Recorded[]): number => log.reduce((sum, { value }) => sum + value, 0);

/** How far off a quantile is, as a share of the exact one; a zero must be exact. */
function errorOf(found: number | null | undefined, log: readonly Recorded[], share: number): number {
  const sorted = [...values(log)].sort((a, b) => a - b);
  const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
  return found === exact ? 0 : Math.abs((found ?? Number.NaN) - exact) / Math.abs(exact);
}

/**
 * Everything but the quantiles is exact, a counter to the unit.
 * @param size of all that was ever recorded of it: a process states the sum of a flush as the difference of two such.
 */
function expectExact(summary: MetricSummary, log: readonly Recorded[], size: number): void {
  if (summary.kind === "counter") {
    expect(summary.sum).toBe(total(log));
    return;
  }
  expect([summary.name, summary.count]).toEqual([summary.name, log.length]);
  expect(Math.abs(summary.sum! - total(log))).toBeLessThanOrEqual(1e-12 * size);
  if (log.length > 0) expect(summary).toMatchObject({ min: Math.min(...values(log)), max: Math.max(...values(log)) });
}

describe("a store that many processes write, sealed and rolled up at random moments", () => {
  it("answers with quantiles within 1 % of the exact nearest rank, and with exact counts", {
    timeout: 3_600_000,
  }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const log = await record(random);
    const store = folder.open({ readonly: true });
    expect(folder.number("SELECT count(DISTINCT resolution) FROM metrics")).toBe(3);
    const sizes = new Map<string, number>();
    for (const { name, value } of log) sizes.set(name, (sizes.get(name) ?? 0) + Math.abs(value));
    let [worst, compared] = [0, 0];
    const compare = (found: number | null | undefined, part: readonly Recorded[], share: number): void => {
      const error = errorOf(found, part, share);
      expect(error, `${part[0]!.name} ${share} of ${part.length}`).toBeLessThanOrEqual(RELATIVE_ERROR);
      worst = Math.max(worst, error);
      compared++;
    };
    const queries = process.env["GIFLAB_TEST_LONG"] === "1" ? 400 : 20;
    for (let query = 0; query < queries; query++) {
      const { from, to } = query === 0 ? { from: 0, to: folder.clock.now() } : someWindow(random, folder.clock.now());
      const service = random.integer(2) === 0 ? { service: log[random.integer(log.length)]!.service } : {};
      const part = log.filter(
        (one) => one.at > from && one.at <= to && one.service === (service.service ?? one.service),
      );
      const window = { from, to, match: [...NAMES, "counted"], ...service };
      const byName = Map.groupBy(part, ({ name }) => name);
      const summaries = await store.summaries({ ...window, collapseTags: true });
      expect([...byName.keys()].filter((name) => !summaries.some((one) => one.name === name))).toEqual([]);
      for (const summary of summaries) {
        const recorded = byName.get(summary.name) ?? [];
        expectExact(summary, recorded, sizes.get(summary.name)!);
        if (summary.kind === "counter" || recorded.length === 0) continue;
        for (const statistic of ["p50", "p95", "p99"] as const) {
          compare(summary[statistic], recorded, Number(statistic.slice(1)) / 100);
        }
      }
      const byRoute = Map.groupBy(part, ({ name, route }) => `${name} ${route}`);
      const [statistic, share] = QUANTILES[query % QUANTILES.length]!;
      const stepSeconds = query === 0 ? to : stepOf(random, from, to);
      for (const { name, tags, points } of await store.series({ ...window, match: NAMES, statistic, stepSeconds })) {
        for (const [step, [end, value]] of points.entries()) {
          const begin = from + step * stepSeconds;
          const inStep = (byRoute.get(`${name} ${tags["route"]}`) ?? []).filter(({ at }) => at > begin && at <= end);
          if (inStep.length === 0) expect(value).toBe(null);
          else compare(value, inStep, share);
        }
      }
    }
    console.log(`${compared} quantiles of ${log.length} values, at most ${(100 * worst).toFixed(3)} % off`);
  });
});
