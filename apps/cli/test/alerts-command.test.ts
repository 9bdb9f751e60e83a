import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  test.each([
    [
      "github",
      /^::warning title=giflab metrics alerts%3A cache-hit-rate::warning: cache\.frame\.hit_rate is 30\.0%25, below/,
    ],
    ["junit", /<testsuite name="alerts" tests="4" failures="0" skipped="3" errors="0">/],
    ["sarif", /"ruleId": "cache-hit-rate",\s+"ruleIndex": 0,\s+"level": "warning"/],
    ["nagios", /^WARNING - warning: cache\.frame\.hit_rate is 30\.0%, below 40%[^|]* \| firing=1 series=1\n/],
  ])("speaks %s", async (format, expected) => {
    const { code, stdout } = await fixture.giflab(["metrics", "alerts", "--format", format], {
      env: configure(0.4, 0.2),
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(expected);
    if (format === "junit") {
      const critical = await fixture.giflab(["metrics", "alerts", "--format", format], { env: configure(0.9, 0.5) });
      expect(critical.stdout).toMatch(/<failure message="critical: cache\.frame\.hit_rate is 30\.0%, below 50%/);
    }
  });

  test("fails on what it is told to fail on", async () => {
    const exit = async (args: readonly string[], env = configure(0.4, 0.2)) =>
      (await fixture.giflab(["metrics", "alerts", ...args], { env })).code;
    expect(await exit(["--fail-on", "critical"])).toBe(0);
    expect(await exit(["--fail-on", "critical"], configure(0.9, 0.5))).toBe(2);
    expect(await exit(["--check", "response-time"])).toBe(3);
    expect(await exit(["--check", "response-time", "--allow-no-data"])).toBe(0);
  });

  test("judges again and again with --watch, and ends with the exit code of the last judgement", async () => {
    const watch = ["metrics", "alerts", "--watch", "--interval", "0.2", "--duration", "0.4", "--format", "json"];
    const { code, stdout } = await fixture.giflab(watch, { env: configure(0.4, 0.2) });
    expect(code).toBe(1);
    const reports = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string });
    expect(reports.length).toBeGreaterThanOrEqual(2);
    expect(new Set(reports.map(({ status }) => status))).toEqual(new Set(["warning"]));
  });

  test("tells notifiers with --notify, once, and says who could not be told", async () => {
    const config = join(fixture.folder, "notify.json");
    const told = join(fixture.folder, "told.log");
    const alerts = (notifiers: readonly object[]) =>
      writeFileSync(config, JSON.stringify({ monitoring: { alerts: { cacheHitRateCritical: 0.39, notifiers } } }));
    const run = () => fixture.giflab(["metrics", "alerts", "--notify"], { env: { GIFLAB_CONFIG: config } });
    alerts([]);
    expect(await run()).toMatchObject({ code: 3, stderr: expect.stringContaining("nobody is configured to be told") });
    alerts([
      { name: "file", type: "log", path: "told.log" },
      { name: "program", type: "exec", command: ["/no/such/program"] },
    ]);
    const { code, stderr } = await run();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^notifier program could not be told: .*ENOENT/);
    await run();
    const lines = readFileSync(told, "utf8").trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ receiver: "file", commonLabels: { alertname: "cache-hit-rate" } });
    alerts([{ name: "chat", type: "slack", url: "https://hooks.example.org/secret" }]);
    const refused = await run();
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/url of a Slack webhook is a secret/);
    expect(refused.stderr).not.toMatch(/hooks\.example/);
  });

  test("has a history of what changed", async () => {
    await fixture.giflab(["metrics", "alerts"], { env: configure(0.2, 0.1) });
    await fixture.giflab(["metrics", "alerts"], { env: configure(0.9, 0.5) });
    const { code, stdout } = await fixture.giflab(["metrics", "alerts", "history", "--start", "-1m"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^When +Rule +What/);
    expect(stdout).toMatch(/cache-hit-rate +(inactive|resolved) -> firing +critical +cache\.frame\.hit_rate +0\.3/);
    const json = await fixture.giflab(["metrics", "alerts", "history", "--rule", "response-time", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ transitions: [] });
    expect(json.stderr).toMatch(/^no alert changed from /);
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

describe("silences and acknowledgements", () => {
  const alerts = (...args: string[]) => fixture.giflab(["metrics", "alerts", ...args], { env: configure(0.9, 0.5) });

  test("a silence takes the alert out of the status until it is removed", async () => {
    expect((await alerts()).code).toBe(2);
    const added = await alerts("--silence", "cache-hit-rate", "--for", "2h", "--comment", "new disks");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toMatch(
      /^silenced cache-hit-rate for 2 h \(new disks\), silence [0-9a-f]{8}; giflab metrics alerts --unsilence/,
    );
    const quiet = await alerts();
    expect(quiet.code).toBe(0);
    expect(quiet.stdout).toMatch(/critical, silenced +cache-hit-rate .*\[silenced for .*: new disks\]/);
    expect((await alerts("--silences")).stdout).toMatch(
      /^Id +Rule +Ends in +By +Comment\n[0-9a-f]{8} +cache-hit-rate .*new disks/,
    );
    const removed = await alerts("--unsilence", "cache-hit-rate", "--json");
    expect(JSON.parse(removed.stdout)).toMatchObject({ removed: [{ rule: "cache-hit-rate", comment: "new disks" }] });
    expect((await alerts()).code).toBe(2);
    expect((await alerts("--silences")).stdout).toBe("no silences\n");
  });

  test("a silence of some tags leaves the others", async () => {
    await alerts("--silence", "*", "--for", "60", "--tag", "tier=disk");
    expect((await alerts()).code).toBe(2);
    await alerts("--unsilence", "*");
  });

  test("an acknowledged alert still counts, and says who cares", async () => {
    await alerts();
    expect((await alerts("--acknowledge", "cache-hit-rate", "--comment", "on it")).stdout).toBe(
      "acknowledged 1 alert of cache-hit-rate until it ends or gets worse\n",
    );
    const { code, stdout } = await alerts();
    expect(code).toBe(2);
    expect(stdout).toMatch(/\[acknowledged.*: on it\]/);
  });

  test.each([
    [["--silence", "cache-hit-rate"], /--silence cache-hit-rate needs an end: add --for 2h/],
    [
      ["--silence", "cache-hitrate", "--for", "1h"],
      /there is no alert rule "cache-hitrate"\. Did you mean cache-hit-rate\?/,
    ],
    [["--silence", "nothing-like-it", "--for", "1h"], /no alert rule "nothing-like-it"\. There are cache-hit-rate, /],
    [["--silence", "cache-hit-rate", "--for", "soon"], /"soon" is not a duration/],
    [["--silence", "*", "--for", "1h", "--tag", "tier"], /"tier" is not a tag: give NAME=VALUE/],
    [["--unsilence", "nothing"], /no silence has the id or rule "nothing"/],
    [["--acknowledge", "memory-usage"], /no alert of memory-usage fires/],
    [["--for", "1h"], /--for goes with --silence RULE or --acknowledge RULE/],
  ])("%j is refused", async (args, message) => {
    const { code, stdout, stderr } = await alerts(...args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("giflab.rules.yaml", () => {
  const write = (text: string): void => writeFileSync(join(fixture.folder, "giflab.rules.yaml"), text);
  afterAll(() => rmSync(join(fixture.folder, "giflab.rules.yaml"), { force: true }));

  test("adds rules, and stands in for those of the configuration with the same name", async () => {
    write(`rules:
  - name: cache-hit-rate
    metricPattern: cache.frame.hit_rate
    warningThreshold: 0.01
    direction: below
  - name: low-for-long
    metricPattern: cache.frame.hit_rate
    warningThreshold: 0.31
    direction: below
    for: 1h
  - name: many-hits
    metricPattern: cache.frame.hits
    statistic: sum
    criticalThreshold: 1
    messageTemplate: "{value:d} hits {tags.tier}"
    labels: { team: images }
    runbookUrl: https://example.org/many-hits
`);
    const { code, stdout } = await fixture.giflab(["metrics", "alerts", "--json"]);
    expect(code).toBe(2);
    const { alerts } = JSON.parse(stdout) as { alerts: Record<string, unknown>[] };
    expect(alerts.map(({ rule, state }) => [rule, state])).toEqual([
      ["many-hits", "firing"],
      ["low-for-long", "pending"],
    ]);
    expect(alerts[0]).toMatchObject({
      message: expect.stringMatching(/^\d+ hits memory$/),
      labels: { team: "images" },
    });
    const table = await fixture.giflab(["metrics", "alerts"]);
    expect(table.stdout).toMatch(/warning, pending +low-for-long/);
    expect(table.stdout).toMatch(/critical +many-hits .* hits memory \[https:\/\/example\.org\/many-hits\]/);
  });

  test("compares with what metrics export has saved, calculated metrics too, by a path relative to the rules file", async () => {
    mkdirSync(join(fixture.folder, "saved"));
    expect((await fixture.giflab(["metrics", "export", "-o", "saved/baseline.json"])).code).toBe(0);
    const rule = (name: string, pattern: string, statistic: string): string =>
      `  - { name: ${name}, metricPattern: ${pattern}, statistic: ${statistic}, warningThreshold: 0.99, baseline: { file: saved/baseline.json } }\n`;
    write(`rules:\n${rule("hits", "cache.frame.hits", "sum")}${rule("rate", "cache.frame.hit_rate", "value")}`);
    const { stdout } = await fixture.giflab(["metrics", "alerts", "--json"]);
    const { alerts, learning } = JSON.parse(stdout) as Record<"alerts" | "learning", { rule: string; value: number }[]>;
    const compared = alerts.filter(({ rule }) => rule === "hits" || rule === "rate");
    expect(compared.map(({ rule, value }) => [rule, value])).toEqual([
      ["hits", 1],
      ["rate", 1],
    ]);
    expect(learning.filter(({ rule }) => rule === "hits" || rule === "rate")).toEqual([]);
  });

  test("with a mistake is exit code 3 with file, line and key", async () => {
    write("rules:\n  - name: a\n    metricPattern: m\n    warningThreshold: high\n");
    const { code, stderr } = await fixture.giflab(["metrics", "alerts"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/giflab\.rules\.yaml:4:5: rules\[0\]: warningThreshold must be a number, got "high"/);
  });
});
