import { StatsdBackend } from "@giflab/backend-statsd";
import { SeededRandom, snapshotOf, timerPoint } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import { type EtsyFlush, EtsyServer } from "./etsy-server.ts";

const LONG = process.env["GIFLAB_TEST_LONG"] === "1";
const BATCHES = LONG ? 10 : 1;
const RUNS_A_BATCH = 5;
const VALUES = 5000;
const SAMPLES = [20, 100, 300, 1000] as const;
const QUANTILES = { median: 0.5, upper_90: 0.9, upper_95: 0.95, upper_99: 0.99, upper_99_9: 0.999, upper: 1 } as const;
const STATISTICS = [...(Object.keys(QUANTILES) as (keyof typeof QUANTILES)[]), "mean"] as const;
type Errors = Readonly<Record<(typeof STATISTICS)[number], number>>;

/** Errors of what the original server makes of some runs, each by `timerSamples`. */
async function errorsOfBatch(runs: readonly (readonly number[])[]): Promise<Record<number, Errors[]>> {
  await using server = await EtsyServer.start();
  for (const timerSamples of SAMPLES) {
    const backend = new StatsdBackend({ protocol: "tcp", port: server.port, prefix: `s${timerSamples}`, timerSamples });
    await backend.write(snapshotOf({ points: runs.map((values, run) => timerPoint(`load${run}`, values)) }));
    await backend.close();
  }
  const { timers } = await server.halt();
  const errorsOf = (samples: number) => runs.map((values, run) => errors(timers[`s${samples}.load${run}`]!, values));
  return Object.fromEntries(SAMPLES.map((samples) => [samples, errorsOf(samples)]));
}

function errors(found: EtsyFlush["timers"][string], sorted: readonly number[]): Errors {
  const truth = (statistic: (typeof STATISTICS)[number]): number =>
    statistic === "mean"
      ? sorted.reduce((sum, value) => sum + value, 0) / sorted.length
      : sorted[Math.ceil(QUANTILES[statistic] * sorted.length) - 1]!;
  const entries = STATISTICS.map((one) => [one, Math.abs(found[one]! / 1000 / truth(one) - 1)]);
  return Object.fromEntries(entries) as Errors;
}

/** Median error over all runs of 5,000 log-normal durations (sigma 1), by `timerSamples`. */
async function medianErrors(random: SeededRandom): Promise<Record<number, Errors>> {
  const all: Record<number, Errors[]> = Object.fromEntries(SAMPLES.map((samples) => [samples, []]));
  for (let batch = 0; batch < BATCHES; batch++) {
    const runs = Array.from({ length: RUNS_A_BATCH }, () =>
      Array.from({ length: VALUES }, () => random.duration(0.01, 1)).sort((a, b) => a - b),
    );
    for (const [samples, found] of Object.entries(await errorsOfBatch(runs))) all[Number(samples)]!.push(...found);
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const medians = (found: readonly Errors[]) =>
    Object.fromEntries(STATISTICS.map((one) => [one, median(found.map((run) => run[one]))])) as Errors;
  return Object.fromEntries(Object.entries(all).map(([samples, found]) => [samples, medians(found)]));
}

it("is right to p99 with 100 lines a timer, and to p99.9 with 1,000; the maximum always", async () => {
  const random = new SeededRandom();
  const errors = await medianErrors(random);
  if (LONG) console.table(errors);
  const seed = `seed ${random.seed}`;
  for (const samples of SAMPLES) {
    const found = errors[samples]!;
    expect(found.upper, seed).toBeLessThan(1e-8);
    expect(found.upper_90, seed).toBeLessThan(0.03);
    expect(found.upper_95, seed).toBeLessThan(0.03);
    if (samples >= 100) expect(found.median, seed).toBeLessThan(0.03);
    if (samples >= 100) expect(found.upper_99, seed).toBeLessThan(0.03);
    if (samples >= 1000) expect(found.upper_99_9, seed).toBeLessThan(0.03);
  }
  // What the documentation warns of: beyond them the server takes the maximum, and its mean is too high.
  expect(errors[20]!.upper_99, seed).toBeGreaterThan(0.5);
  expect(errors[100]!.upper_99_9, seed).toBeGreaterThan(0.2);
  expect(errors[100]!.mean, seed).toBeGreaterThan(0.02);
  expect(errors[1000]!.mean, seed).toBeLessThan(0.05);
});
