import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MetricComparison } from "@giflab/alerting";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ComparisonReport } from "../src/comparison-report.ts";
import { startNode } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

const RECORD_RUNS = fileURLToPath(new URL("fixtures/record-runs.ts", import.meta.url));
const SEED = 20_261_124;

/** A store of two hours (see `fixtures/record-runs.ts`), and an export of the first in `baseline.json`. */
async function recordRuns(runs: number, factor: number): Promise<StoreFixture> {
  const fixture = new StoreFixture();
  const { code, stderr } = await startNode([RECORD_RUNS, fixture.dbPath, `${runs}`, `${factor}`, `${SEED}`]).finished;
  if (code !== 0) throw new Error(`recording failed: ${stderr}`);
  await fixture.giflab(["metrics", "export", "--end", "-65m", "-o", "baseline.json"]);
  return fixture;
}

async function compare(fixture: StoreFixture, ...args: string[]) {
  const { code, stdout, stderr } = await fixture.giflab(["metrics", "compare", "baseline.json", ...args]);
  return { code, stdout, stderr };
}

function found(stdout: string, name: string): MetricComparison {
  const report = JSON.parse(stdout) as ComparisonReport;
  return report.metrics.find((one) => one.name === name)!;
}

describe("metrics compare", () => {
  let slower: StoreFixture;
  let few: StoreFixture;
  beforeAll(async () => {
    [slower, few] = await Promise.all([recordRuns(12, 1.3), recordRuns(1, 1)]);
  });
  afterAll(() => {
    slower.remove();
    few.remove();
  });

  it("finds what became slower, run by run, and fails", async () => {
    const { code, stdout } = await compare(slower, "--json");
    expect(code).toBe(1);
    const duration = found(stdout, "request.duration");
    expect(duration).toMatchObject({ verdict: "worse", statistic: "mean", unitKind: "run", units: [12, 12] });
    expect(duration.change).toBeCloseTo(0.3, 1);
    expect(duration.interval![0]).toBeGreaterThan(0.2);
    expect(duration.pValue).toBeLessThan(0.001);
    expect(found(stdout, "queue.size")).toMatchObject({ verdict: "same", kind: "gauge" });
    expect(found(stdout, "cache.misses")).toMatchObject({ verdict: "changed", statistic: "rate", before: 10 });
    expect(found(stdout, "cache.hit_rate")).toMatchObject({ kind: "derived", better: "higher", verdict: "same" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "worse", threshold: 0.1, counts: { worse: 1 } });
  });

  it("judges a rate that should be high by the sums of its parts, at the threshold that is asked for", async () => {
    const { stdout } = await compare(slower, "--json", "--threshold", "5%", "--metric", "cache.hit_rate");
    const { verdict, before, after } = found(stdout, "cache.hit_rate");
    expect(verdict).toBe("worse");
    expect(before).toBeCloseTo(92 / 102, 2);
    expect(after).toBeCloseTo(92 / 112, 2);
  });

  it("passes when nothing is worse, also against itself, percentile by percentile", async () => {
    const { code, stdout } = await compare(slower, "--with", "baseline.json", "--statistic", "p95");
    expect(stdout).toMatch(/^status ok \| \d same \| threshold 10 %/);
    expect(code).toBe(0);
  });

  it("compares flush windows when there are few processes", async () => {
    const { code, stdout } = await compare(few, "--json", "--threshold", "20%", "--metric", "request.*");
    expect(found(stdout, "request.duration")).toMatchObject({ verdict: "same", unitKind: "window", units: [30, 30] });
    expect(code).toBe(0);
  });

  it("never passes on too little: exit 3", async () => {
    const { code, stdout } = await compare(few, "--unit", "run", "--json");
    expect(code).toBe(3);
    expect(found(stdout, "request.duration")).toMatchObject({
      verdict: "inconclusive",
      note: "fewer than 8 units on a side",
    });
    const nothing = await compare(few, "--start", "-1m");
    expect(nothing).toMatchObject({ code: 3, stderr: expect.stringContaining("run what is to be compared first") });
  });

  it("speaks the formats of CI systems", async () => {
    const [github, junit, markdown] = await Promise.all(
      ["github", "junit", "markdown"].map((format) => compare(slower, "--format", format)),
    );
    expect(github!.stdout).toMatch(/^::error title=giflab metrics compare%3A request\.duration::worse: mean 20/m);
    expect(junit!.stdout).toMatch(/<testsuite name="compare" tests="2" failures="1" skipped="0" errors="0">/);
    expect(junit!.stdout).toMatch(/name="request.duration"><failure message="worse: mean 20/);
    expect(markdown!.stdout).toMatch(/^\| worse \| request\.duration \|/m);
    expect([github, junit, markdown].map((one) => one!.code)).toEqual([1, 1, 1]);
  });

  it("takes an export that another program has formatted, and refuses one that was cut off or is none", async () => {
    const file = join(few.folder, "other.json");
    const baseline = join(few.folder, "baseline.json");
    const run = (): ReturnType<StoreFixture["giflab"]> => few.giflab(["metrics", "compare", "other.json"]);
    writeFileSync(file, JSON.stringify(JSON.parse(readFileSync(baseline, "utf8")), null, 2));
    expect((await few.giflab(["metrics", "compare", "other.json", "--with", "baseline.json"])).code).toBe(0);
    writeFileSync(file, readFileSync(baseline));
    truncateSync(file, 9000);
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/other\.json cannot be used: it is not JSON/),
    });
    writeFileSync(file, readFileSync(baseline, "utf8").split("\n").slice(0, 9).join("\n"));
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("it was cut off") });
    writeFileSync(file, '{"schemaVersion":7,"metrics":[]}');
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("its schemaVersion is 7, not 1") });
    appendFileSync(file, "x");
    expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("it is not JSON") });
    expect(await few.giflab(["metrics", "compare", "none.json"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no such file. Write it with: giflab metrics export -o none.json"),
    });
  });

  it("names the nearest metric for one that neither side has", async () => {
    const { code, stderr } = await compare(few, "--metric", "request.duratoin");
    expect(code).toBe(2);
    expect(stderr).toMatch(/neither side has a metric "request.duratoin".*request\.duration/);
  });

  it("refuses a threshold that may mean something else", async () => {
    const { code, stderr } = await compare(few, "--threshold", "10");
    expect([code, stderr]).toEqual([2, "--threshold 10: give a share above 0, as 10% or 0.1\n"]);
  });
});
