import { describeWith, startVictoriaMetrics } from "@giflab/backend-testkit/receivers";
import { expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";

describeWith(["victoria-metrics"], "a VictoriaMetrics as it is installed", () => {
  it("is read up to the present, although it leaves out the last 30 seconds by itself", async () => {
    const { url, receiver } = await startVictoriaMetrics({ flags: ["-search.latencyOffset=30s"] });
    try {
      const now = Math.floor(Date.now() / 1000);
      const lines = [20, 10, 0].map(
        (age) => `jobs_total{job="cron",instance="a"} ${120 - age} ${(now - age) * 1000}\n`,
      );
      await fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body: lines.join("") });
      await fetch(`${url}/internal/force_flush`);
      const store = new PrometheusStore({ url });
      expect(await store.summaries({ from: now - 60, to: now })).toMatchObject([
        { name: "jobs_total", kind: "counter", sum: 20, covered: 20, services: ["cron"], lastSeen: now },
      ]);
      // Nothing is scraped there: any metric says when there is data.
      expect((await store.stats()).newest).toBe(now);
    } finally {
      await receiver.stop();
    }
  });
});
