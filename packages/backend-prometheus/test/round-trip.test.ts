import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createScrapeHandler, PrometheusBackend } from "@giflab/backend-prometheus";
import { PrometheusStore } from "@giflab/backend-prometheus/store";
import { SeededRandom } from "@giflab/backend-testkit";
import { describeWith, startPrometheus } from "@giflab/backend-testkit/receivers";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { scrapedAnew } from "./prometheus-api.ts";

describeWith(["prometheus"], "metrics that Prometheus has scraped", () => {
  const random = new SeededRandom();
  it(`are read back by PrometheusStore as the memory backend has them (seed ${random.seed})`, async () => {
    const [backend, memory] = [new PrometheusBackend({ onWarning: () => {} }), new MemoryBackend()];
    await using collector = new MetricsCollector({ backends: [backend, memory], service: "round-trip", version: "3" });
    const web = createServer(createScrapeHandler(backend));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const server = await startPrometheus({
      targets: [{ address: `127.0.0.1:${(web.address() as AddressInfo).port}` }],
    });
    await using store = { it: new PrometheusStore({ url: server.url }), [Symbol.asyncDispose]: () => store.it.close() };
    try {
      const hits = ["disk", "memory"].map((tier) => collector.counter("cache.hits", { tags: { tier } }));
      const freed = collector.counter("freed_mb", { unit: "MB" });
      const used = collector.gauge("used_mb", {
        unit: "MB",
        merge: "sum",
        system: "frame",
        description: 'Memory in "use"',
        normalRange: { max: 400, better: "lower" },
      });
      const load = collector.timer("load");
      collector.define({ "cache.ratio": { kind: "derived", formula: "freed_mb / cache.hits" } });
      const from = Date.now() / 1000;
      await scrapedAnew(server, 1);
      for (let i = 0; i < 300; i++) {
        hits[random.integer(2)]!.add(random.integer(9));
        freed.add(random.integer(8) / 8);
        load.record(random.duration(0.01));
      }
      used.set(12.5);
      await scrapedAnew(server, 1);
      await collector.flush();
      const window = { from, to: Date.now() / 1000 };
      for (const match of ["cache.hits", "freed_mb", "used_mb", "load", "cache.ratio"]) {
        const got = await store.it.summaries({ match, ...window });
        const wanted = await memory.summaries({ match, ...window });
        expect(wanted.length).toBeGreaterThan(0);
        expect(got.map(({ name, kind, unit, tags }) => ({ name, kind, unit, tags }))).toEqual(
          wanted.map(({ name, kind, unit, tags }) => ({ name, kind, unit, tags })),
        );
        for (const [place, { kind, sum, count, last }] of wanted.entries()) {
          const read = got[place]!;
          if (kind === "counter") expect(read.sum).toBe(sum);
          if (kind === "gauge") expect(read.last).toBe(last);
          if (kind === "timer") expect([read.count, read.sum?.toFixed(9)]).toEqual([count, sum?.toFixed(9)]);
        }
      }
      const [described] = await store.it.summaries({ match: "used_mb", ...window });
      expect(described).toMatchObject({
        system: "frame",
        description: 'Memory in "use"',
        normalRange: { max: 400, better: "lower" },
      });
    } finally {
      await server.receiver.stop();
      web.closeAllConnections();
      web.close();
    }
  });
});
