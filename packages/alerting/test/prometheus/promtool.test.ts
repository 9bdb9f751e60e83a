import { counterPoint, gaugePoint, timerPoint } from "@giflab/backend-testkit";
import { describeWith } from "@giflab/backend-testkit/receivers";
import { ManualClock } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions, defaultAlertRules } from "../../src/index.ts";
import { knownMetrics, prometheusRules } from "../../src/prometheus/index.ts";
import { checkRules, testRules, withoutAnnotations } from "./promtool.ts";
import { RecordedWorld, START } from "./recorded-world.ts";

const hitRate = (cache: string) => ({
  name: `cache.${cache}.hit_rate`,
  kind: "derived" as const,
  formula: `cache.${cache}.hits / (cache.${cache}.hits + cache.${cache}.misses)`,
});
const HIT_RATE = hitRate("frame");
const STEP = 60;

/** Whether seconds since the beginning lie in one of these minutes (begun at half of one, between two evaluations). */
const within = (seconds: number, ...minutes: readonly (readonly [from: number, to: number])[]): boolean =>
  minutes.some(([from, to]) => seconds > from * 60 - 30 && seconds <= to * 60 - 30);

/** Exports rules for what a world holds; without annotations, which `promtool test rules` would compare. */
async function exported(world: RecordedWorld, rules: readonly AlertRule[], seconds: number): Promise<string> {
  const summaries = await world.store.summaries({ from: START, to: START + seconds });
  return prometheusRules(rules, { known: knownMetrics(summaries), intervalSeconds: STEP }).text;
}

/** What fires at every evaluation by our own manager, as `promtool` would say it. */
async function ours(world: RecordedWorld, rules: readonly AlertRule[], seconds: number) {
  const clock = new ManualClock(START);
  const manager = new AlertManager({ reader: world.store, state: world.store, clock, rules });
  const expected = [];
  let firing = 0;
  for (let at = STEP; at <= seconds; at += STEP) {
    clock.advance(STEP);
    const { alerts } = await manager.evaluate();
    for (const { name: alertname } of rules) {
      const fires = alerts.filter(({ rule, state }) => rule === alertname && state === "firing");
      firing += fires.length;
      expected.push({
        seconds: at,
        alertname,
        alerts: fires.map(({ level, metric, tags, labels, value }) => ({
          exp_labels: {
            severity: level,
            metric,
            ...labels,
            ...(value === null ? { no_data: "true" } : { ...tags, job: "test" }),
          },
        })),
      });
    }
  }
  return { expected, firing };
}

async function expectSame(world: RecordedWorld, rules: readonly AlertRule[], seconds: number): Promise<number> {
  const { expected, firing } = await ours(world, rules, seconds);
  const text = withoutAnnotations(await exported(world, rules, seconds));
  const { code, output } = testRules({ rules: text, series: world.exposed, evaluateEverySeconds: STEP, expected });
  expect(output).toContain("SUCCESS");
  expect(code).toBe(0);
  return firing;
}

describeWith(["promtool"], "exported rules in Prometheus", () => {
  it("fire as ours do: gauges, counters, percentiles, calculated ones, shares of a limit", async () => {
    const world = new RecordedWorld([HIT_RATE, hitRate("tile"), hitRate("resize")]);
    const bad = (seconds: number): boolean => within(seconds, [15, 25], [40, 41]);
    const worse = (seconds: number): boolean => within(seconds, [18, 22]);
    world.run(
      (seconds) => [
        gaugePoint("queue.size", worse(seconds) ? 50 : bad(seconds) ? 15 : 1, { tags: { lane: "a" } }),
        gaugePoint("queue.size", worse(seconds) ? 15 : 2, { tags: { lane: "b" } }),
        gaugePoint("used_mb", bad(seconds) ? 500.5 : 100, { unit: "MB", merge: "sum" }),
        counterPoint("jobs.failed", worse(seconds) ? 500 : bad(seconds) ? 50 : 1, { tags: { kind: "resize" } }),
        timerPoint(
          "load",
          Array.from({ length: 20 }, () => (worse(seconds) ? 8 : bad(seconds) ? 1.7 : 0.012)),
        ),
        counterPoint("cache.frame.hits", bad(seconds) ? 0 : 90, { tags: { tier: "memory" } }),
        counterPoint("cache.frame.misses", bad(seconds) ? 1000 : 10),
        gaugePoint("cache.frame.memory_usage_mb", worse(seconds) ? 99 : bad(seconds) ? 85 : 10, { unit: "MB" }),
        gaugePoint("cache.frame.memory_limit_mb", 100, { unit: "MB" }),
        // A cache without any hit, one whose misses could seldom be avoided, and one with a limit for all of its tiers.
        counterPoint("cache.tile.misses", bad(seconds) ? 100 : 0),
        counterPoint("cache.resize.hits", 10),
        counterPoint("cache.resize.misses", 90),
        counterPoint("cache.resize.avoidable_misses", bad(seconds) ? 88 : 3),
        gaugePoint("cache.tile.memory_usage_mb", worse(seconds) ? 99 : 10, { unit: "MB", tags: { tier: "memory" } }),
        gaugePoint("cache.tile.memory_usage_mb", bad(seconds) ? 85 : 10, { unit: "MB", tags: { tier: "disk" } }),
        gaugePoint("cache.tile.memory_limit_mb", 100, { unit: "MB" }),
        gaugePoint("cache.tile.memory_limit_mb", 1000, { unit: "MB", tags: { tier: "disk" } }),
      ],
      { to: 3600 },
    );
    const rules = [
      ...defaultAlertRules().filter(({ baseline }) => baseline === undefined),
      ...[
        { name: "queue", metricPattern: "queue.*", warningThreshold: 10, criticalThreshold: 20 },
        { name: "lane-b", metricPattern: "queue.size", warningThreshold: 10, tags: { lane: ["b", "c*"] } },
        { name: "not-lane-b", metricPattern: "queue.size", warningThreshold: 10, excludeTags: { lane: "b" } },
        { name: "used", metricPattern: "used_mb", warningThreshold: 400.25, window: "2m" },
        { name: "most-used", metricPattern: "used_mb", statistic: "max", warningThreshold: 400 },
        { name: "failures", metricPattern: "jobs.failed", warningThreshold: 1.1, criticalThreshold: 20, window: "1m" },
        { name: "many-failures", metricPattern: "jobs.failed", statistic: "sum", warningThreshold: 200, window: "1m" },
        { name: "slow", metricPattern: "load", warningThreshold: 0.5, criticalThreshold: 4.5, window: "1m" },
        { name: "slow-mean", metricPattern: "load", statistic: "mean", warningThreshold: 0.5, window: "1m" },
        { name: "few", metricPattern: "load", statistic: "p50", warningThreshold: 0.5, minSamples: 10_000 },
        { name: "low", metricPattern: "used_mb", statistic: "min", direction: "below", warningThreshold: 200 },
      ].map((options) => new AlertRule(options as AlertRuleOptions)),
    ];
    // Rules that fire: three lanes' worth of queue, two each of used and failures, two of load, and two default ones.
    expect(await expectSame(world, rules, 3600)).toBeGreaterThan(100);
  });

  it("are pending, keep firing, end at their clear thresholds and yield to the critical alert as ours do", async () => {
    const world = new RecordedWorld();
    const size = (seconds: number): number => {
      if (within(seconds, [5, 7], [60, 63])) return 15;
      if (within(seconds, [10, 30])) return 15;
      if (within(seconds, [30, 34])) return 7;
      return within(seconds, [70, 90]) ? 50 : 1;
    };
    world.run((seconds) => [gaugePoint("queue.size", size(seconds), { tags: { lane: "a" } })], { to: 7200 });
    const queue = { metricPattern: "queue.size", warningThreshold: 10 };
    const rules = [
      { ...queue, name: "for", for: "5m", labels: { team: "images" } },
      { ...queue, name: "keep", keepFiringFor: "10m" },
      { ...queue, name: "clear", warningClearThreshold: 5 },
      { ...queue, name: "all", for: "3m", keepFiringFor: "4m", warningClearThreshold: 5 },
      { ...queue, name: "levels-kept", criticalThreshold: 20, keepFiringFor: "5m" },
      { ...queue, name: "levels-cleared", criticalThreshold: 20, warningClearThreshold: 5, criticalClearThreshold: 12 },
      { ...queue, name: "critical-first", criticalThreshold: 10, for: "5m" },
    ].map((options) => new AlertRule(options));
    expect(await expectSame(world, rules, 7200)).toBeGreaterThan(100);
  });

  it("say as ours do when nothing is known: an alert where the rule asks for one, the last value of a process that ended", async () => {
    const world = new RecordedWorld();
    const points = () => [gaugePoint("queue.size", 15), gaugePoint("heartbeat", 1), counterPoint("beats", 1)];
    world.run(points, { to: 1230 });
    world.run(points, { from: 2400, to: 3600 });
    const rules = [
      { name: "queue", metricPattern: "queue.size", warningThreshold: 10, window: "3m" },
      { name: "dead", metricPattern: "heartbeat", warningThreshold: 2, noData: "critical", window: "2m", for: "2m" },
    ].map((options) => new AlertRule(options as AlertRuleOptions));
    expect(await expectSame(world, rules, 3600)).toBeGreaterThan(20);
  });

  it("compare with the time before as ours do, once there is enough of it", async () => {
    const world = new RecordedWorld();
    const HOUR = 3600;
    world.run(
      (seconds) => {
        const spike = within(seconds, [130, 134]);
        return [
          counterPoint("cache.frame.evictions", within(seconds, [130, 131]) ? 400 : 4),
          counterPoint("cache.resize.evictions", spike ? 1 : 0),
          // Before there is an hour of history.
          counterPoint("cache.tile.evictions", within(seconds, [20, 22]) ? 400 : 4),
          timerPoint("cache.frame.operation.duration", [spike ? 0.8 : 0.04, spike ? 0.8 : 0.04]),
          gaugePoint("queue.size", spike ? 100 : 10),
        ];
      },
      { to: 3 * HOUR },
    );
    const rules = [
      ...defaultAlertRules().filter(({ baseline }) => baseline !== undefined),
      new AlertRule({
        name: "than-an-hour-ago",
        metricPattern: "queue.size",
        statistic: "mean",
        window: "1m",
        warningThreshold: 3,
        baseline: { offset: "1h" },
      }),
    ];
    expect(await expectSame(world, rules, 3 * HOUR)).toBeGreaterThan(15);
  });

  it("have messages with the numbers of the alert's own series", async () => {
    const world = new RecordedWorld([HIT_RATE]);
    world.run(
      () => [
        gaugePoint("cache.frame.memory_usage_mb", 450, { unit: "MB", merge: "sum" }),
        gaugePoint("cache.frame.memory_limit_mb", 500, { unit: "MB", merge: "sum" }),
        gaugePoint("used_mb", 12.25, { tags: { area: 'a"b' } }),
        gaugePoint("used_mb", 25, { tags: { area: "c" } }),
        counterPoint("cache.frame.hits", 30),
        counterPoint("cache.frame.misses", 70),
      ],
      { to: 600 },
    );
    const used = {
      name: "used",
      metricPattern: "used_mb",
      warningThreshold: 10,
      messageTemplate:
        "{{100%}} {tags.area}: {value:.2f} MB > {threshold:.1f}, {measured:d} {labels.team} {rule} {level}{tags}",
      labels: { team: "{{x}}" },
      runbookUrl: "https://example.org/%7B%7B",
    };
    const rules = [...defaultAlertRules().slice(0, 2), new AlertRule(used)];
    const text = await exported(world, rules, 600);
    const alert = (severity: string, metric: string, summary: string, more: object = {}) => ({
      exp_labels: { severity, metric, job: "test", ...more },
      exp_annotations: { summary },
    });
    const usedAlert = (area: string, value: string, measured: string) => ({
      exp_labels: { severity: "warning", metric: "used_mb", job: "test", area, team: "{{x}}" },
      exp_annotations: {
        summary: `{100%} ${area}: ${value} MB > 10.0, ${measured} {{x}} used warning area=${area} job=test`,
        runbook_url: "https://example.org/%7B%7B",
      },
    });
    const expected = [
      {
        seconds: 600,
        alertname: "cache-hit-rate",
        alerts: [alert("warning", "cache.frame.hit_rate", "cache.frame.hit_rate is 30%, below 40% job=test")],
      },
      {
        seconds: 600,
        alertname: "memory-usage",
        alerts: [
          alert(
            "warning",
            "cache.frame.memory_usage_mb",
            "cache.frame.memory_usage_mb is 450.0 of 500 MB (90%), above 80% job=test",
          ),
        ],
      },
      { seconds: 600, alertname: "used", alerts: [usedAlert('a"b', "12.25", "12"), usedAlert("c", "25.00", "25")] },
    ];
    const test = { rules: text, series: world.exposed, evaluateEverySeconds: STEP, expected };
    expect(testRules(test).output).toContain("SUCCESS");
  });

  it("pass promtool's checks whatever their names, tags and texts hold", async () => {
    const world = new RecordedWorld([{ ...HIT_RATE, groupBy: ["tier"] }]);
    const odd = 'a"\\b\n{{ .x }} `%d` $1';
    world.run(
      () => [
        gaugePoint("9 lives!", 450, { tags: { "odd tag": odd, le: "x" } }),
        counterPoint("bytes.sent", 3, { unit: "By" }),
        timerPoint("load", [1, 2], { tags: { quantile: "0.5" } }),
        counterPoint("cache.frame.hits", 3, { tags: { tier: "memory" } }),
        counterPoint("cache.frame.misses", 3, { tags: { tier: "memory" } }),
        counterPoint("cache.frame.avoidable_misses", 3),
      ],
      { to: 60 },
    );
    const statistics = [
      "last",
      "min",
      "mean",
      "max",
      "sum",
      "count",
      "rate",
      "p50",
      "p90",
      "p95",
      "p99",
      "p99.9",
      "value",
    ];
    const rules = [
      ...defaultAlertRules(),
      ...statistics.map(
        (statistic) =>
          new AlertRule({
            name: `all ${statistic}`,
            metricPattern: "*",
            warningThreshold: 1,
            statistic,
          } as AlertRuleOptions),
      ),
      new AlertRule({
        name: odd.replaceAll("\n", " "),
        metricPattern: "*",
        tags: { "odd tag": [odd, "*", "?x.y"] },
        excludeTags: { quantile: "*" },
        warningThreshold: 1,
        criticalThreshold: 2,
        criticalClearThreshold: 1,
        for: "90s",
        noData: "critical",
        messageTemplate: "{measured} {baseline} {limit} {tags} {labels} {note} {runbookUrl} {value:d} `",
        labels: { "my label": odd },
        baseline: { offset: "7d", minHistory: "1d", floor: 1e-9 },
      }),
    ];
    const { code, output } = checkRules(await exported(world, rules, 60));
    expect(output).toMatch(/SUCCESS: \d\d rules found/);
    expect(code).toBe(0);
  });
});
