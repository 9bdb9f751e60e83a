import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { counterPoint, gaugePoint } from "@giflab/backend-testkit";
import {
  describeWith,
  eventually,
  freePort,
  type HttpReceiver,
  startVictoriaMetrics,
} from "@giflab/backend-testkit/receivers";
import { type NamedDefinition, tagSetKey } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AlertRule, type AlertRuleOptions, backtest, defaultAlertRules } from "../../src/index.ts";
import { knownMetrics, prometheusRules } from "../../src/prometheus/index.ts";
import { withoutAnnotations } from "./promtool.ts";
import { type ExposedSeries, FLUSH_SECONDS, RecordedWorld, START } from "./recorded-world.ts";

const SECONDS = 2 * 3600;
const STEP = 60;

/** When a series of a rule fires: evaluation times in seconds since the beginning. */
type Firing = Readonly<Record<string, readonly number[]>>;

describeWith(
  ["victoria-metrics", "vmalert"],
  "exported rules, replayed by vmalert over the same gauges and counter sums",
  () => {
    let server: HttpReceiver;
    beforeAll(async () => {
      server = await startVictoriaMetrics();
    }, 30_000);
    afterAll(() => server?.receiver.stop());

    it("fire at the same evaluations as the backtest says", async () => {
      const world = recorded();
      const rules = [
        ...defaultAlertRules().filter(({ baseline }) => baseline === undefined),
        ...[
          { name: "queue", metricPattern: "queue.size", warningThreshold: 10, criticalThreshold: 20 },
          { name: "queue-for", metricPattern: "queue.size", warningThreshold: 10, for: "5m" },
          { name: "queue-mean", metricPattern: "queue.size", statistic: "mean", window: "2m", warningThreshold: 2.5 },
          { name: "queue-least", metricPattern: "queue.size", statistic: "min", window: "2m", warningThreshold: 4 },
          {
            name: "lane-b",
            metricPattern: "queue.*",
            tags: { lane: "?" },
            excludeTags: { lane: "a" },
            warningThreshold: 10,
          },
          { name: "used", metricPattern: "used_mb", warningThreshold: 400, criticalThreshold: 600 },
          {
            name: "failures",
            metricPattern: "jobs.failed",
            window: "2m",
            warningThreshold: 0.5,
            criticalThreshold: 20,
          },
          {
            name: "failed-for",
            metricPattern: "jobs.failed",
            statistic: "sum",
            window: "3m",
            warningThreshold: 40,
            for: "4m",
          },
          { name: "idle", metricPattern: "jobs.done", window: "2m", direction: "below", criticalThreshold: 0.01 },
        ].map((options) => new AlertRule(options as AlertRuleOptions)),
      ];
      const times = { from: START, to: START + SECONDS, stepSeconds: STEP };
      const ours: Record<string, number[]> = {};
      for (const { rule, episodes } of await backtest(world.store, rules, times)) {
        for (const { metric, tags, from, to } of episodes) {
          const seconds = (ours[`${rule} ${metric} ${tagSetKey(tags)}`] ??= []);
          for (let at = from; at < (to ?? times.to + STEP); at += STEP) seconds.push(at - START);
        }
      }
      // Every rule fires, some for several series.
      expect(new Set(Object.keys(ours).map((key) => key.split(" ")[0]))).toEqual(
        new Set(rules.map(({ name }) => name)),
      );
      const summaries = await world.store.summaries(times);
      const { text } = prometheusRules(rules, { known: knownMetrics(summaries), intervalSeconds: STEP });
      await importSeries(server.url, world.exposed);
      await replay(server, withoutAnnotations(text));
      const total = Object.values(ours).flat().length;
      let theirs: Firing = {};
      await eventually(
        async () => {
          theirs = await firing(server.url);
          return Object.values(theirs).flat().length >= total;
        },
        { seconds: 5, describe: () => `${JSON.stringify(theirs)} instead of ${JSON.stringify(ours)}` },
      );
      expect(theirs).toEqual(ours);
    }, 60_000);
  },
);

function recorded(): RecordedWorld {
  const hitRate: NamedDefinition = {
    name: "cache.frame.hit_rate",
    kind: "derived",
    formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
  };
  const world = new RecordedWorld([hitRate]);
  /** Changes lie between two evaluations. */
  const within = (seconds: number, from: number, to: number): boolean =>
    seconds > from * 60 - 30 && seconds <= to * 60 - 30;
  const program = (seconds: number) => {
    const bad = within(seconds, 20, 32) || within(seconds, 70, 72);
    const worse = within(seconds, 25, 28);
    return [
      gaugePoint("queue.size", worse ? 100 : bad ? 15 : 1, { tags: { lane: "a" } }),
      gaugePoint("queue.size", worse ? 30 : 2, { tags: { lane: "b" } }),
      gaugePoint("used_mb", worse ? 900 : bad ? 250 : 100, { unit: "MB", merge: "sum" }),
      counterPoint("jobs.failed", worse ? 500 : bad ? 25 : 0, { tags: { kind: "resize" } }),
      counterPoint("jobs.done", within(seconds, 50, 60) ? 0 : 10),
      counterPoint("cache.frame.hits", bad ? 0 : 90, { tags: { tier: "memory" } }),
      counterPoint("cache.frame.misses", bad ? 2000 : 10),
      gaugePoint("cache.frame.memory_usage_mb", worse ? 99 : bad ? 87 : 10, { unit: "MB" }),
      gaugePoint("cache.frame.memory_limit_mb", 100, { unit: "MB" }),
    ];
  };
  // Two processes side by side.
  world.run(program, { to: SECONDS });
  world.run(program, { to: SECONDS });
  return world;
}

async function importSeries(url: string, series: readonly ExposedSeries[]): Promise<void> {
  const lines = series.map(({ name, labels, values }) => {
    const known = [...values.entries()].filter((entry): entry is [number, number] => entry[1] !== undefined);
    return JSON.stringify({
      metric: { __name__: name, ...labels },
      values: known.map(([, value]) => value),
      timestamps: known.map(([place]) => (START + place * FLUSH_SECONDS) * 1000),
    });
  });
  await ask(`${url}/api/v1/import`, { method: "POST", body: lines.join("\n") });
  await ask(`${url}/internal/force_flush`);
}

async function ask(address: string, request: RequestInit = {}): Promise<string> {
  const response = await fetch(address, { ...request, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status} ${text}`);
  return text;
}

/** Runs the rules over all of the time; rejects with what vmalert says when it fails. */
async function replay({ url, receiver }: HttpReceiver, rules: string): Promise<void> {
  const file = join(receiver.folder, "rules.yml");
  writeFileSync(file, rules);
  const time = (seconds: number): string => new Date((START + seconds) * 1000).toISOString();
  const flags = [
    `-rule=${file}`,
    `-datasource.url=${url}`,
    `-remoteWrite.url=${url}`,
    `-remoteRead.url=${url}`,
    `-httpListenAddr=127.0.0.1:${await freePort()}`,
    `-replay.timeFrom=${time(STEP)}`,
    `-replay.timeTo=${time(SECONDS)}`,
    "-replay.rulesDelay=0s",
    "-disableAlertgroupLabel",
    `-datasource.queryStep=${STEP}s`,
    "-replay.disableProgressBar",
    "-replay.ruleRetryAttempts=1",
    "-remoteWrite.flushInterval=100ms",
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn("vmalert", flags, { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.once("error", reject).once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`vmalert ended with ${code}: ${said}`));
    });
  });
}

/** What vmalert has found to fire, at either level. */
async function firing(url: string): Promise<Firing> {
  await ask(`${url}/internal/force_flush`);
  const exported = await ask(`${url}/api/v1/export?match[]=${encodeURIComponent('ALERTS{alertstate="firing"}')}`);
  const found: Record<string, number[]> = {};
  for (const line of exported.split("\n").filter((text) => text !== "")) {
    const { metric, timestamps } = JSON.parse(line) as {
      metric: Record<string, string>;
      timestamps: readonly number[];
    };
    const {
      __name__: _,
      alertname,
      alertstate: _state,
      job: _job,
      metric: name,
      severity: _severity,
      ...tags
    } = metric;
    const key = `${alertname} ${name} ${tagSetKey(tags)}`;
    const seconds = [...(found[key] ?? []), ...timestamps.map((ms) => ms / 1000 - START)];
    found[key] = seconds.sort((a, b) => a - b);
  }
  return found;
}
