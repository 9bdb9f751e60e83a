import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createScrapeHandler, PrometheusBackend } from "@giflab/backend-prometheus";
import { SeededRandom, snapshotOf } from "@giflab/backend-testkit";
import { describeWith, type HttpReceiver, startPrometheus } from "@giflab/backend-testkit/receivers";
import { type Counter, MetricsCollector } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OPENMETRICS, PROMETHEUS_TEXT } from "../src/exposition-format.ts";
import { HOSTILE_TEXT, hostilePoints } from "./hostile-points.ts";
import { query, scrapedAnew } from "./prometheus-api.ts";
import { scraped } from "./scraped-text.ts";

/** What promtool says of a text: 0 is clean, 3 is not as it should be called, 1 is not even readable. */
function promtool(text: string): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  return { status, said: `${stdout}${stderr}` };
}

describeWith(["promtool"], "promtool check metrics", () => {
  it("finds nothing wrong with metrics of every kind and unit", async () => {
    const backend = new PrometheusBackend({ onWarning: () => {} });
    const collector = new MetricsCollector({ backends: [backend], service: "checked" });
    const units = ["s", "ms", "h", "By", "MB", "KiBy", "1", "{frame}", undefined];
    for (const [place, unit] of units.entries()) {
      for (const kind of ["counter", "gauge", "histogram", "timer"] as const) {
        const name = `checked.${{ counter: "calls", gauge: "depth", histogram: "sizes", timer: "load" }[kind]}${place}`;
        collector.define({ [name]: { kind, ...(unit === undefined ? {} : { unit }) } });
        if (kind === "counter") collector.recordCounter(name, 1, { tier: "memory" });
        if (kind === "gauge") collector.recordGauge(name, 1, { tier: "memory" });
        if (kind === "histogram") collector.recordHistogram(name, 1, { tier: "memory" });
        if (kind === "timer") collector.recordTimer(name, 1, { tier: "memory" });
      }
    }
    expect(promtool(await scraped(backend))).toEqual({ status: 0, said: "" });
    await collector.close();
  });

  it("reads hostile names, labels and help texts", async () => {
    const backend = new PrometheusBackend({ onWarning: () => {} });
    backend.write(snapshotOf({ points: hostilePoints() }));
    const { status, said } = promtool(await scraped(backend));
    // Only its taste is offended, by names such as `h_Gr__e`.
    expect([0, 3]).toContain(status);
    expect(said).not.toMatch(/error|pars/i);
  });
});

describeWith(["prometheus"], "a real Prometheus", () => {
  const random = new SeededRandom();
  const backend = new PrometheusBackend({ onWarning: () => {} });
  const accepted = new Set<string | undefined>();
  let web: Server;
  let server: HttpReceiver;
  let collector: MetricsCollector;

  beforeAll(async () => {
    collector = new MetricsCollector({ backends: [backend], service: "scraped", version: "1.2.3" });
    const handler = createScrapeHandler(backend);
    web = createServer((request, response) => {
      response.once("finish", () => accepted.add(String(response.getHeader("content-type"))));
      if (request.url === "/text") request.headers.accept = PROMETHEUS_TEXT.contentType;
      handler(request, response);
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(web.address() as AddressInfo).port}`;
    server = await startPrometheus({
      targets: [
        { address, job: "openmetrics" },
        { address, path: "/text", job: "text" },
      ],
    });
  });
  afterAll(async () => {
    await server?.receiver.stop();
    web?.closeAllConnections();
    web?.close();
    await collector?.close();
  });

  it(`reads back from both formats what was recorded, in base units (seed ${random.seed})`, async () => {
    const counters = new Map<string, Counter>();
    const counted = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const tier = `tier-${random.integer(7)}`;
      const amount = random.integer(1000);
      if (!counters.has(tier)) counters.set(tier, collector.counter("real.hits", { tags: { tier } }));
      counters.get(tier)?.add(amount);
      counted.set(tier, (counted.get(tier) ?? 0) + amount);
    }
    const durations = Array.from({ length: 500 }, () => random.duration(0.01));
    for (const seconds of durations) collector.recordTimer("real.load", seconds);
    collector.recordGauge("real.memory_mb", -1.5);
    await scrapedAnew(server, 2);
    for (const job of ["openmetrics", "text"]) {
      const hits = await query(server, `real_hits_total{job="${job}"}`);
      expect(new Map(hits.map(({ labels, value }) => [labels["tier"], value]))).toEqual(counted);
      const one = async (promql: string): Promise<number | undefined> => (await query(server, promql))[0]?.value;
      expect(await one(`real_memory_bytes{job="${job}"}`)).toBe(-1.5 * 2 ** 20);
      expect(await one(`real_load_seconds_count{job="${job}"}`)).toBe(durations.length);
      expect(await one(`real_load_seconds_sum{job="${job}"}`)).toBeCloseTo(durations.reduce((a, b) => a + b));
      for (const bound of [0.0025, 0.01, 0.05]) {
        const got = (await one(`real_load_seconds_bucket{job="${job}",le="${bound}"}`)) ?? Number.NaN;
        // A value within 0.78 % of a bound may be found beyond it.
        expect(got).toBeGreaterThanOrEqual(durations.filter((seconds) => seconds <= bound / 1.0079).length);
        expect(got).toBeLessThanOrEqual(durations.filter((seconds) => seconds <= bound * 1.0079).length);
      }
      expect(await query(server, `giflab_instance_info{job="${job}"}`)).toMatchObject([
        { labels: { service: "scraped", version: "1.2.3", pid: String(process.pid) }, value: 1 },
      ]);
    }
    expect([...accepted].sort()).toEqual([OPENMETRICS.contentType, PROMETHEUS_TEXT.contentType]);
  });

  it("knows kinds, units and help texts from OpenMetrics", async () => {
    collector.define({ "real.pause": { kind: "timer", description: 'A "pause"' } });
    collector.recordTimer("real.pause", 1);
    await scrapedAnew(server, 2);
    const response = await fetch(
      `${server.url}/api/v1/targets/metadata?match_target={job="openmetrics"}&metric=real_pause_seconds`,
    );
    const { data } = (await response.json()) as { data: unknown[] };
    expect(data).toMatchObject([{ type: "histogram", unit: "seconds", help: 'A "pause"' }]);
  });

  it("is not disturbed by hostile names, labels and help texts, and gives labels back as they were", async () => {
    backend.write(snapshotOf({ points: hostilePoints(), flushIntervalSeconds: 3600 }));
    await scrapedAnew(server, 2);
    expect((await query(server, "up")).map(({ value }) => value)).toEqual([1, 1]);
    for (const job of ["openmetrics", "text"]) {
      const values = await query(server, `h_values{job="${job}"}`);
      const got = new Map(values.map(({ labels, value }) => [labels["tag"], value]));
      expect(got).toEqual(new Map(HOSTILE_TEXT.map((text, i) => [text.replaceAll("\0", "\ufffd"), 1 + i])));
      expect(await query(server, `sum(h_keys_seconds_count{job="${job}"})`)).toMatchObject([
        { value: HOSTILE_TEXT.length },
      ]);
      expect(await query(server, `h_max_total{job="${job}"}`)).toMatchObject([{ value: Number.MAX_VALUE }]);
      expect(await query(server, `h_spread_count{job="${job}"}`)).toMatchObject([{ value: 3 }]);
    }
  });
});
