import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PrometheusBackend } from "@giflab/backend-prometheus";
import {
  describeWith,
  eventually,
  freePort,
  type HttpReceiver,
  startPrometheus,
} from "@giflab/backend-testkit/receivers";
import { MetricsCollector } from "@giflab/metrics-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finished } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

type Summary = Readonly<Record<string, unknown>> & { readonly name: string };

const fixture = new StoreFixture();
afterAll(() => fixture.remove());

describeWith(["prometheus"], "reading commands with --source prometheus", () => {
  let prometheus: HttpReceiver;
  let collector: MetricsCollector;

  beforeAll(async () => {
    const port = await freePort();
    collector = new MetricsCollector({ service: "api", backends: [new PrometheusBackend({ port })] });
    prometheus = await startPrometheus({ targets: [{ address: `127.0.0.1:${port}`, job: "node" }] });
    await scraped("up == 1");
    record(collector);
    await scraped("request_duration_seconds_count == 10");
  });

  afterAll(async () => {
    await collector?.close();
    await prometheus?.receiver.stop();
  });

  async function scraped(query: string): Promise<void> {
    await eventually(async () => {
      const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await response.json()) as { data: { result: unknown[] } };
      return data.result.length > 0;
    });
  }

  const read = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    fixture.giflab(["metrics", ...args, "--source", "prometheus", "--url", prometheus.url], { env });

  test("status has the processes' own names, units, derived values and counts", async () => {
    const { code, stdout, stderr } = await read(["status", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { metrics } = JSON.parse(stdout) as { metrics: readonly Summary[] };
    const of = (name: string): Summary | undefined => metrics.find((one) => one.name === name);
    expect(of("cache.frame.hits")).toMatchObject({ kind: "counter", sum: 30, tags: { tier: "memory" } });
    expect(of("cache.frame.hit_rate")).toMatchObject({ kind: "derived", value: 0.3, normal: false });
    expect(of("cache.frame.memory_usage_mb")).toMatchObject({ last: 128, unit: "MB", services: ["api"] });
    expect(of("request.duration")).toMatchObject({ kind: "timer", count: 10 });
    expect(of("request.duration")).not.toHaveProperty("max");
    // All of them are 0.2 s, in the bucket from 0.1 s to 0.25 s.
    expect(of("request.duration")!["p95"]).toBeGreaterThan(0.1);
    expect(of("request.duration")!["p95"]).toBeLessThanOrEqual(0.25);
    expect(of("up")).toMatchObject({ last: 1 });
  });

  test("status as a table says which server it is, and --system and --service select", async () => {
    const table = await read(["status", "--system", "frame", "--service", "api"]);
    expect(table.stdout).toContain(prometheus.url);
    expect(table.stdout).toMatch(/hit_rate.*30/);
    expect(table.stdout).not.toContain("request.duration");
    const unknown = await read(["status", "--system", "frme"]);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toMatch(/unknown system "frme" in the last hour of data.*frame/);
  });

  test("alerts are judged, and remembered and silenced in a file of their own", async () => {
    const env = configured({ alerts: { cacheHitRateWarning: 0.4, cacheHitRateCritical: 0.2 } });
    const since = async (): Promise<unknown> => {
      const { code, stdout } = await read(["alerts", "--json"], env);
      expect(code).toBe(1);
      const { alerts } = JSON.parse(stdout) as { alerts: readonly Summary[] };
      expect(alerts).toMatchObject([{ rule: "cache-hit-rate", level: "warning", value: 0.3 }]);
      return alerts[0]!["since"];
    };
    expect(await since()).toBe(await since());
    const silenced = await read(["alerts", "--silence", "cache-hit-rate", "--for", "1h"], env);
    expect(silenced).toMatchObject({ code: 0, stderr: "" });
    expect((await read(["alerts"], env)).code).toBe(0);
    const { stdout: history } = await read(["alerts", "history"], env);
    expect(history).toContain("cache-hit-rate");
    expect(readdirSync(fixture.folder).filter((file) => file.endsWith(".db"))).toEqual([
      expect.stringMatching(/^alerts-127-0-0-1-\d+-[0-9a-f]{8}\.db$/),
    ]);
    expect(existsSync(fixture.dbPath)).toBe(false);
  });

  test("export, list, backend-stats, monitor, compare and backtest read it too", async () => {
    const baseline = join(fixture.folder, "baseline.json");
    const exported = await read(["export", "--start", "-5m", "-o", baseline]);
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    const { stdout: points } = await read(["export", "--metric", "cache.*.hits", "--format", "ndjson"]);
    expect(points).toMatch(/"name":"cache.frame.hits".*"value":30/);
    expect((await read(["list"])).stdout).toMatch(/request\.duration +timer +s/);
    const stats = JSON.parse((await read(["backend-stats", "--json"])).stdout) as Summary;
    expect(stats).toMatchObject({ backend: "prometheus", location: prometheus.url, instances: 1 });
    const { stdout: looks } = await read(["monitor", "--interval", "1", "--duration", "1", "--json"]);
    expect(JSON.parse(looks.split("\n")[0]!)).toHaveProperty("metrics");
    const compared = await read(["compare", baseline, "--start", "-5m", "--json"]);
    expect(compared).toMatchObject({ code: 3, stderr: "" });
    expect(compared.stdout).toContain("request.duration");
    const back = await read(["rules", "backtest", "--start", "-2m", "--rule", "cache-hit-rate", "--json"]);
    expect(JSON.parse(back.stdout)).toMatchObject({ rules: [{ rule: "cache-hit-rate" }] });
  });

  test("the environment and the configuration name it as well, and --source backend goes back", async () => {
    const env = { GIFLAB_METRICS_SOURCE: "prometheus", GIFLAB_METRICS_URL: prometheus.url };
    expect((await fixture.giflab(["metrics", "status"], { env })).stdout).toContain(prometheus.url);
    const inFile = configured({ source: { name: "prometheus", url: prometheus.url } });
    expect((await fixture.giflab(["metrics", "status"], { env: inFile })).stdout).toContain(prometheus.url);
    const back = await fixture.giflab(["metrics", "status", "--source", "backend"], { env });
    expect(back.stderr).toContain("metrics.db");
  });
});

describe("a source that cannot be read", () => {
  test("is said with what to do, with exit code 2, and 3 for alerts", async () => {
    const noUrl = await fixture.giflab(["metrics", "status", "--source", "prometheus"]);
    expect(noUrl).toMatchObject({ code: 2, stdout: "" });
    expect(noUrl.stderr).toMatch(/needs a url, such as --url http:\/\/127\.0\.0\.1:9090/);
    const nobody = ["--url", `http://127.0.0.1:${await freePort()}`];
    const down = await fixture.giflab(["metrics", "status", ...nobody]);
    expect(down).toMatchObject({ code: 2, stdout: "" });
    expect(down.stderr).toMatch(/^cannot reach http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): is it running/);
    expect((await fixture.giflab(["metrics", "alerts", ...nobody])).code).toBe(3);
    const missing = await fixture.giflab(["metrics", "status", "--source", "@acme/tsdb", "--url", "http://x"]);
    expect(missing.stderr).toContain('source "@acme/tsdb" is not installed: install @acme/tsdb');
    const statsd = await fixture.giflab(["metrics", "status", "--source", "statsd", "--url", "http://x"]);
    expect(statsd.stderr).toContain('source "statsd" cannot be read over the network');
  });

  test("that wants a token gets it, and nobody else sees it", async () => {
    let seen: string | undefined;
    const server = createServer((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(401).end("no");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const env = { GIFLAB_METRICS_TOKEN: "s3cret", GIFLAB_LOG_LEVEL: "DEBUG" };
    const args = ["--url", `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "status", ...args], { env });
    server.close();
    expect(seen).toBe("Bearer s3cret");
    expect(code).toBe(2);
    expect(stderr).toMatch(/denies access \(401\): give a token \(GIFLAB_METRICS_TOKEN\)/);
    expect(stdout + stderr).not.toContain("s3cret");
    const shown = await fixture.giflab(["metrics", "config"], { env });
    expect(shown.stdout + shown.stderr).not.toContain("s3cret");
    expect(shown.stdout).toMatch(/source\.token.*\(hidden\)/);
  });

  test("a backend that only serves scrapes says how it is read", async () => {
    const { code, stderr } = await fixture.giflab(["metrics", "status"], {
      env: configured({ backend: ["prometheus"] }),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("--source prometheus --url");
  });
});

function configured(monitoring: object): Record<string, string> {
  const file = join(fixture.folder, `${Object.keys(monitoring).join("-")}.json`);
  writeFileSync(file, JSON.stringify({ monitoring }));
  return { GIFLAB_CONFIG: file };
}

function record(collector: MetricsCollector): void {
  const described = { system: "frame" };
  collector.define({
    "cache.frame.hits": { kind: "counter", unit: "{hit}", ...described },
    "cache.frame.misses": { kind: "counter", unit: "{miss}", ...described },
    "cache.frame.hit_rate": {
      kind: "derived",
      unit: "1",
      formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
      normalRange: { min: 0.6, max: 0.8, better: "higher" },
      ...described,
    },
    "cache.frame.memory_usage_mb": { kind: "gauge", unit: "MB", merge: "sum", ...described },
    "request.duration": { kind: "timer", unit: "s" },
  });
  collector.recordCounter("cache.frame.hits", 30, { tier: "memory" });
  collector.recordCounter("cache.frame.misses", 70);
  collector.recordGauge("cache.frame.memory_usage_mb", 128);
  for (let i = 0; i < 10; i++) collector.recordTimer("request.duration", 0.2);
}
