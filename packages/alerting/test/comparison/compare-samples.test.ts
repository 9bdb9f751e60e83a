import { SeededRandom } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { compareSamples } from "../../src/comparison/compare-samples.ts";
import type { UnitSample } from "../../src/comparison/unit-sample.ts";

const UNITS = 30;
const NOISE = 0.1;
const THRESHOLD = { threshold: 0.1, better: "lower" } as const;

/** Seconds per call in units of one sequence, or of as many as there are units. */
function sampleOf(values: readonly number[], sequences: readonly number[] = [0]): UnitSample {
  return {
    units: values.map((value) => Float64Array.of(value, 1)),
    sequences,
    estimate: (sums) => (sums[1] === 0 ? undefined : sums[0]! / sums[1]!),
  };
}

function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Values with 10 % noise, each of which has `rho` of its neighbour's deviation. */
function noisy(random: SeededRandom, mean: number, rho = 0, count = UNITS): number[] {
  let deviation = normal(random);
  return Array.from({ length: count }, () => {
    const value = mean * (1 + NOISE * deviation);
    deviation = rho * deviation + Math.sqrt(1 - rho ** 2) * normal(random);
    return value;
  });
}

describe("a comparison of two samples", () => {
  it("cries wolf in at most 2 % of comparisons of equal things, half of them with neighbours that are alike", () => {
    const random = new SeededRandom(20_261_124);
    const found = { worse: 0, better: 0, changed: 0, same: 0, inconclusive: 0 };
    for (let comparison = 0; comparison < 400; comparison++) {
      const rho = comparison % 2 === 0 ? 0 : 0.5;
      const [before, after] = [noisy(random, 0.02, rho), noisy(random, 0.02, rho)];
      found[compareSamples(sampleOf(before), sampleOf(after), THRESHOLD).verdict]++;
    }
    console.log(`400 comparisons of equal things (seed ${random.seed}): ${JSON.stringify(found)}`);
    expect(found.worse + found.better).toBeLessThanOrEqual(8);
    expect(found.same).toBeGreaterThan(200);
  });

  it("finds a slowdown of 15 % in 30 units at least nine times in ten", () => {
    const random = new SeededRandom(20_261_124);
    let worse = 0;
    for (let comparison = 0; comparison < 400; comparison++) {
      const [before, after] = [noisy(random, 0.02), noisy(random, 0.02 * 1.15)];
      if (compareSamples(sampleOf(before), sampleOf(after), THRESHOLD).verdict === "worse") worse++;
    }
    console.log(`slowdowns of 15 % found in 400 comparisons (seed ${random.seed}): ${worse}`);
    expect(worse).toBeGreaterThanOrEqual(360);
  });

  it("has intervals that hold the true change about 95 times in 100", () => {
    const random = new SeededRandom(20_261_124);
    const held = [0, 0.5].map((rho) => {
      let inside = 0;
      for (let comparison = 0; comparison < 200; comparison++) {
        const [before, after] = [noisy(random, 1, rho, 60), noisy(random, 1.2, rho, 60)];
        const [low, high] = compareSamples(sampleOf(before), sampleOf(after), THRESHOLD).interval!;
        if (low <= 0.2 && high >= 0.2) inside++;
      }
      return inside / 200;
    });
    console.log(`intervals that hold the true change: independent ${held[0]}, rho 0.5 ${held[1]}`);
    expect(held[0]).toBeGreaterThan(0.9);
    expect(held[1]).toBeGreaterThan(0.85);
  });

  it("never passes on too few units", () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const few = compareSamples(sampleOf(noisy(random, 1, 0, 7)), sampleOf(noisy(random, 1)), THRESHOLD);
    expect(few).toMatchObject({ verdict: "inconclusive", units: [7, 30], note: "fewer than 8 units on a side" });
    const drift = Array.from({ length: 30 }, (_, at) => 1 + at / 30);
    const alike = compareSamples(sampleOf(drift), sampleOf(drift), THRESHOLD);
    expect(alike).toMatchObject({
      verdict: "inconclusive",
      note: expect.stringMatching(/worth \d\.\d independent ones/),
    });
  });

  it("is less sure of neighbours in one process that are alike than of as many processes", () => {
    const values = noisy(new SeededRandom(1), 1, 0.7, 90);
    const width = (sequences: readonly number[]): number => {
      const sample = sampleOf(values, sequences);
      const [low, high] = compareSamples(sample, sample, THRESHOLD).interval!;
      return high - low;
    };
    expect(width([0])).toBeGreaterThan(1.2 * width(values.map((_, at) => at)));
  });

  it("knows which direction is good, or says that it does not", () => {
    const [low, high] = [
      sampleOf(Array.from({ length: 10 }, (_, at) => 1 + (at % 3) / 100)),
      sampleOf(Array.from({ length: 10 }, (_, at) => 2 + (at % 3) / 100)),
    ];
    const verdict = (better: "higher" | "lower" | undefined) => [
      compareSamples(low, high, { threshold: 0.1, better }).verdict,
      compareSamples(high, low, { threshold: 0.1, better }).verdict,
    ];
    expect([verdict("lower"), verdict("higher"), verdict(undefined)]).toEqual([
      ["worse", "better"],
      ["better", "worse"],
      ["changed", "changed"],
    ]);
  });

  it("finds what was never there before, unless it is seldom", () => {
    const nothing = sampleOf(Array.from({ length: 20 }, () => 0));
    const often = sampleOf(Array.from({ length: 20 }, (_, at) => at % 3));
    const once = sampleOf(Array.from({ length: 20 }, (_, at) => (at === 3 ? 1 : 0)));
    expect(compareSamples(nothing, often, THRESHOLD)).toMatchObject({
      verdict: "worse",
      change: undefined,
      note: "0 before",
    });
    expect(compareSamples(nothing, once, THRESHOLD).verdict).toBe("inconclusive");
    expect(compareSamples(nothing, nothing, THRESHOLD).verdict).toBe("same");
  });

  it("gives the same answer to the same question", () => {
    const random = new SeededRandom();
    const [before, after] = [sampleOf(noisy(random, 1)), sampleOf(noisy(random, 1.1))];
    expect(compareSamples(before, after, THRESHOLD)).toEqual(compareSamples(before, after, THRESHOLD));
  });
});
