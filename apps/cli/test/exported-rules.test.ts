import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createScrapeHandler, PrometheusBackend } from "@giflab/backend-prometheus";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { describeWith, eventually, startPrometheus } from "@giflab/backend-testkit/receivers";
import { MetricsCollector } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { StoreFixture } from "./store-fixture.ts";

const RULES = `rules:
  - { name: queue, metricPattern: queue.*, warningThreshold: 10, criticalThreshold: 20, for: 1s, keepFiringFor: 2s }
  - { name: slow, metricPattern: load, warningThreshold: 1, criticalThreshold: 2, messageTemplate: "{value:.0f} s{tags}" }
`;

interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

describeWith(["prometheus"], "rules that were exported, in a real Prometheus that scrapes the program", () => {
  const fixture = new StoreFixture();
  let collector: MetricsCollector;
  let web: Server;
  let working: NodeJS.Timeout;

  beforeAll(async () => {
    const backend = new PrometheusBackend();
    const store = new SqliteBackend({ dbPath: fixture.dbPath });
    collector = new MetricsCollector({ backends: [backend, store], service: "scraped", handleSignals: false });
    collector.define({
      "cache.frame.hits": { kind: "counter" },
      "cache.frame.misses": { kind: "counter" },
      "cache.frame.hit_rate": {
        kind: "derived",
        formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
      },
      "cache.frame.memory_usage_mb": { kind: "gauge", unit: "MB", merge: "sum" },
      "cache.frame.memory_limit_mb": { kind: "gauge", unit: "MB", merge: "sum" },
    });
    const work = (): void => {
      collector.recordCounter("cache.frame.hits", 1, { tier: "memory" });
      collector.recordCounter("cache.frame.misses", 99);
      collector.recordGauge("cache.frame.memory_usage_mb", 90);
      collector.recordGauge("cache.frame.memory_limit_mb", 100);
      collector.recordGauge("queue.size", 15, { lane: "a" });
      for (let call = 0; call < 20; call++) collector.recordTimer("load", 4.99);
    };
    work();
    await collector.flush();
    working = setInterval(work, 200);
    web = createServer(createScrapeHandler(backend));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    writeFileSync(join(fixture.folder, "giflab.rules.yaml"), RULES);
  });
  afterAll(async () => {
    clearInterval(working);
    web?.closeAllConnections();
    web?.close();
    await collector?.close();
    fixture.remove();
  });

  it("fire for the same reasons, with the same messages", async () => {
    const args = ["metrics", "rules", "export", "--interval", "1s", "-o", "rules.yml"];
    expect((await fixture.giflab(args)).code).toBe(0);
    const { port } = web.address() as AddressInfo;
    const { receiver, url } = await startPrometheus({
      targets: [{ address: `127.0.0.1:${port}`, job: "app" }],
      scrapeSeconds: 0.5,
      rules: readFileSync(join(fixture.folder, "rules.yml"), "utf8"),
    });
    try {
      const ask = async (path: string): Promise<unknown> =>
        ((await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: unknown }).data;
      let firing: FiringAlert[] = [];
      await eventually(
        async () => {
          const { alerts } = (await ask("alerts")) as { alerts: FiringAlert[] };
          firing = alerts.filter(({ state }) => state === "firing");
          return firing.length >= 4;
        },
        { seconds: 30, describe: () => JSON.stringify(firing) },
      );
      const said = firing.map(({ labels, annotations }) => `${labels["severity"]} ${annotations["summary"]}`);
      expect(said.sort()).toEqual([
        "critical 5 s job=app",
        "critical cache.frame.hit_rate is 1%, below 20% job=app",
        "warning cache.frame.memory_usage_mb is 90.0 of 100 MB (90%), above 80% job=app",
        "warning queue.size is 15, above 10",
      ]);
      expect(firing.find(({ labels }) => labels["alertname"] === "queue")!.labels).toEqual({
        alertname: "queue",
        job: "app",
        lane: "a",
        metric: "queue.size",
        severity: "warning",
      });
      // What Prometheus itself has seen makes the same rules.
      const again = await fixture.giflab([...args.slice(0, -1), "again.yml", "--source", "prometheus", "--url", url]);
      expect(again.code).toBe(0);
      const [first, second] = ["rules.yml", "again.yml"].map((file) =>
        readFileSync(join(fixture.folder, file), "utf8"),
      );
      expect(second).toBe(first);
      const { groups } = (await ask("rules")) as { groups: { rules: { health: string; lastError?: string }[] }[] };
      const broken = groups.flatMap(({ rules }) => rules).filter(({ health }) => health === "err");
      expect(broken).toEqual([]);
    } finally {
      await receiver.stop();
    }
  }, 60_000);
});
