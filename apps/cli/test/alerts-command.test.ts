import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreFixture } from "./store-fixture.ts";

let fixture: StoreFixture;

beforeAll(async () => {
  fixture = new StoreFixture();
  await fixture.record("api");
});

afterAll(() => fixture.remove());

/** Thresholds for the recorded hit rate of 0.3. */
function configure(cacheHitRateWarning: number, cacheHitRateCritical: number): Record<string, string> {
  const file = join(fixture.folder, `alerts-${cacheHitRateWarning}-${cacheHitRateCritical}.json`);
  writeFileSync(file, JSON.stringify({ monitoring: { alerts: { cacheHitRateWarning, cacheHitRateCritical } } }));
  return { GIFLAB_CONFIG: file };
}

describe("metrics alerts", () => {
  test.each([
    ["ok", 0, 0.2, 0.1],
    ["warning", 1, 0.4, 0.2],
    ["critical", 2, 0.9, 0.5],
  ])("%s is exit code %d", async (status, code, warning, critical) => {
    const result = await fixture.giflab(["metrics", "alerts", "--json"], { env: configure(warning, critical) });
    expect(result.code).toBe(code);
    expect(result.stderr).toBe("");
    const report = JSON.parse(result.stdout) as { status: string; alerts: Record<string, unknown>[] };
    expect(report.status).toBe(status);
    if (status === "ok") expect(report.alerts).toEqual([]);
    else {
      expect(report.alerts).toMatchObject([
        { rule: "cache-hit-rate", metric: "cache.frame.hit_rate", level: status, value: 0.3, tags: {} },
      ]);
    }
  });

  test("a critical is exit code 2 with --check all too, and with --check of its rule", async () => {
    const env = configure(0.9, 0.5);
    expect((await fixture.giflab(["metrics", "alerts", "--check", "all"], { env })).code).toBe(2);
    expect((await fixture.giflab(["metrics", "alerts", "--check", "cache-hit-rate"], { env })).code).toBe(2);
  });

  test("says what fires in its own words and numbers, and what could not be judged", async () => {
    const { stdout } = await fixture.giflab(["metrics", "alerts"], { env: configure(0.4, 0.2) });
    expect(stdout).toMatch(/^status warning \| 1 series judged over the last 5 min \| .*metrics\.db\n/);
    expect(stdout).toMatch(/warning +cache-hit-rate +\S.* +cache\.frame\.hit_rate is 30\.0%, below 40%/);
    expect(stdout).toMatch(/no data:\n(.*\n)* {2}response-time/);
  });

  test("remembers since when an alert fires", async () => {
    const env = configure(0.4, 0.2);
    const since = async () => {
      const { stdout } = await fixture.giflab(["metrics", "alerts", "--json"], { env });
      return (JSON.parse(stdout) as { alerts: { since: number }[] }).alerts[0]!.since;
    };
    const first = await since();
    expect(await since()).toBe(first);
  });

  test("nothing to judge is unknown, exit code 3", async () => {
    const { code, stdout } = await fixture.giflab(["metrics", "alerts", "--window", "0.001", "--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: "unknown", alerts: [] });
  });

  test.each([
    [["--check", "cache-hit-rat"], /there is no alert rule "cache-hit-rat": did you mean cache-hit-rate\?/],
    [["--widow", "5"], /unknown flag --widow\. Did you mean --window\?/],
    [["--window", "soon"], /"soon" is not a duration/],
    [["--format", "xml"], /one of: table, json/],
  ])("%j is exit code 3: 2 means critical", async (args, message) => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "alerts", ...args]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("a store that is not there, and a configuration that is wrong, are exit code 3", async () => {
    const missing = { GIFLAB_METRICS_DB: join(fixture.folder, "none.db") };
    const noStore = await fixture.giflab(["metrics", "alerts"], { env: missing });
    expect(noStore.code).toBe(3);
    expect(noStore.stderr).toMatch(/no metrics recorded yet/);
    const wrong = await fixture.giflab(["metrics", "alerts"], { env: configure(0.2, 0.4) });
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toMatch(/cacheHitRateCritical must be at most cacheHitRateWarning/);
  });
});
