import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BacktestJson } from "../src/commands/metrics/rules/backtest.ts";
import { startNode } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

const RECORD_RUNS = fileURLToPath(new URL("fixtures/record-runs.ts", import.meta.url));
const RUNBOOK = fileURLToPath(new URL("../../../docs/runbook.md", import.meta.url));
const RULES = `rules:
  - name: slow
    metricPattern: request.duration
    warningThreshold: 0.022
    criticalThreshold: 0.03
  - name: queue
    metricPattern: queue.size
    warningThreshold: 100
`;

describe("metrics rules", () => {
  const fixture = new StoreFixture();
  beforeAll(async () => {
    // Requests take 20 ms in the hour before last, 26 ms in the last.
    const { code, stderr } = await startNode([RECORD_RUNS, fixture.dbPath, "4", "1.3", "7"]).finished;
    if (code !== 0) throw new Error(stderr);
    writeFileSync(join(fixture.folder, "giflab.rules.yaml"), RULES);
  });
  afterAll(() => fixture.remove());

  it("list those of the configuration and of giflab.rules.yaml", async () => {
    const { code, stdout } = await fixture.giflab(["metrics", "rules", "list"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cache-hit-rate +cache\.\*\.hit_rate +share of what was avoidable +< 0\.4 +< 0\.2$/m);
    expect(stdout).toMatch(/^slow +request\.duration +> 0\.022 +> 0\.03$/m);
    const json = JSON.parse((await fixture.giflab(["metrics", "rules", "list", "--json"])).stdout);
    expect(json.rules).toContainEqual({ name: "queue", metricPattern: "queue.size", warningThreshold: 100 });
  });

  it("are checked, with the place of every problem", async () => {
    writeFileSync(
      join(fixture.folder, "bad.yaml"),
      "rules:\n  - name: a\n    metricPatern: b\n    warningThreshold: 1\n",
    );
    expect(await fixture.giflab(["metrics", "rules", "check", "giflab.rules.yaml"])).toEqual({
      code: 0,
      stdout: "giflab.rules.yaml: 2 rules, no problem\n",
      stderr: "",
    });
    const { code, stderr } = await fixture.giflab(["metrics", "rules", "check", "bad.yaml"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/bad\.yaml:3:5: .*metricPatern: did you mean metricPattern/),
    ]);
  });

  it("are exported for Prometheus, in its names and units, and what it cannot say is told", async () => {
    const args = ["metrics", "rules", "export", "--format", "prometheus", "--interval", "30s"];
    const { code, stdout, stderr } = await fixture.giflab(args);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "expr: histogram_quantile(0.95, sum without (instance) (rate(request_duration_seconds_bucket[5m]))) > 0.03",
    );
    expect(stdout).toMatch(/- name: "giflab: slow"\n +interval: 30s/);
    // Of the plugin's catalogue, although nothing of it was recorded.
    expect(stdout).toContain("cache_frame_memory_usage_bytes / (cache_frame_memory_limit_bytes > 0)");
    const different =
      "response-time: until there is enough history the rule raises no alert; gaps in it are not seen\n";
    expect(stderr).toContain(different);
    expect(stdout).toContain(`  # ${different}`);
    const file = join(fixture.folder, "prometheus.yml");
    const written = await fixture.giflab([...args, "-o", file]);
    expect(written).toMatchObject({ code: 0, stdout: "" });
    expect(written.stderr).toMatch(/prometheus\.yml: 6 of 6 rules, \d+ alerts$/m);
    expect(readFileSync(file, "utf8")).toBe(stdout);
    const json = JSON.parse((await fixture.giflab([...args, "--json"])).stdout);
    expect(json.rules.find(({ rule }: { rule: string }) => rule === "queue").alerts).toMatchObject([
      { alert: "queue", labels: { severity: "warning", metric: "queue.size" } },
    ]);
    const nowhere = await fixture.giflab([...args, "-o", join(fixture.folder, "no", "such.yml")]);
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringMatching(/cannot write .*such\.yml/)]);
  });

  it("are replayed on the stored history: when what fired, and thresholds that would seldom fire", async () => {
    const args = [
      "metrics",
      "rules",
      "backtest",
      "--start",
      "-3h",
      "--step",
      "30s",
      "--rule",
      "slow",
      "--rule",
      "queue",
    ];
    const { stdout } = await fixture.giflab([...args, "--json"]);
    const { rules, stepSeconds } = JSON.parse(stdout) as BacktestJson;
    expect(stepSeconds).toBe(30);
    const [slow, queue] = rules;
    expect(queue).toMatchObject({ episodes: [], flaps: 0, firingSeconds: 0 });
    expect(queue!.seen!.worst).toBeLessThan(7);
    // p95 of 20 ms with 20 % noise is 23.6 ms, that of 26 ms is above 30.
    expect(slow!.episodes.map(({ level }) => level)).toEqual(["warning", "critical"]);
    expect(slow!.episodes[1]!.from - slow!.episodes[0]!.from).toBeCloseTo(3600, -2);
    expect(slow!.episodes[1]!.peak).toBeGreaterThan(0.03);
    expect(slow!.suggested).toBe(undefined);
    const table = await fixture.giflab(args);
    expect(table.stdout).toMatch(/^2 h of .*metrics\.db, evaluated every 30 s$/m);
    expect(table.stdout).toMatch(/critical +slow +request\.duration +0\.03/);
    const stored = await fixture.giflab(["metrics", "alerts", "--check", "slow", "--json"]);
    expect(JSON.parse(stored.stdout).resolved).toEqual([]);
  });

  it("are replayed ten times on a history of seconds, which has no thresholds to suggest", async () => {
    const young = new StoreFixture();
    try {
      await young.record();
      const json = JSON.parse((await young.giflab(["metrics", "rules", "backtest", "--json"])).stdout) as BacktestJson;
      expect(json.stepSeconds).toBe(Math.max(1, json.window.seconds / 10));
      const { code, stdout } = await young.giflab(["metrics", "rules", "backtest"]);
      expect(code).toBe(0);
      expect(stdout).toContain("No thresholds are suggested: that takes 100 judged values.");
    } finally {
      young.remove();
    }
  });

  it("name the nearest rule for one that there is not", async () => {
    const { code, stderr } = await fixture.giflab(["metrics", "rules", "backtest", "--rule", "slwo"]);
    expect([code, stderr]).toEqual([2, 'there is no alert rule "slwo". Did you mean slow?\n']);
  });

  it("are tested as the manual shows it, and fail when something else fires", async () => {
    const [, example] = /```yaml\n(# rules\.test\.yaml\n[\s\S]*?)```/.exec(readFileSync(RUNBOOK, "utf8"))!;
    const rule = (threshold: number) =>
      `rules: [{ name: queue-full, metricPattern: queue.full, warningThreshold: ${threshold} }]`;
    writeFileSync(join(fixture.folder, "rules.test.yaml"), example!);
    const test = async (threshold: number, ...more: string[]) => {
      writeFileSync(join(fixture.folder, "giflab.rules.yaml"), rule(threshold));
      return await fixture.giflab(["metrics", "rules", "test", "rules.test.yaml", ...more]);
    };
    try {
      expect(await test(0.9)).toEqual({
        code: 0,
        stdout: "ok   a queue that fills up\n1 passed, 0 failed\n",
        stderr: "",
      });
      const { code, stdout } = await test(0.2);
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /rules\.test\.yaml:\d+:\d+: queue-full at 5 min, firing:\n +expected +none\n +found +\{"level":"warning"/,
      );
      expect((await test(0.2, "--format", "junit")).stdout).toMatch(/<failure message=".*queue-full at 5 min/);
      expect((await test(0.2, "--format", "github")).stdout).toMatch(
        /^::error title=giflab metrics rules test%3A a queue/m,
      );
    } finally {
      writeFileSync(join(fixture.folder, "giflab.rules.yaml"), RULES);
    }
  });
});
