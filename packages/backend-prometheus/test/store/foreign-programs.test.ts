import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describeWith, eventually, startPrometheus } from "@giflab/backend-testkit/receivers";
import { expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";

/** What some program exposes that knows nothing of us, at its n-th scrape. */
const exposition = (n: number): string => `# HELP requests Requests served
# TYPE requests counter
requests{code="200"} ${n * 10}
requests{code="500"} ${n}
# TYPE room_celsius gauge
room_celsius ${20 + n}
# HELP http_request_duration_seconds How long requests take
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1"} ${n * 8}
http_request_duration_seconds_bucket{le="0.5"} ${n * 10}
http_request_duration_seconds_bucket{le="+Inf"} ${n * 10}
http_request_duration_seconds_sum ${n}
http_request_duration_seconds_count ${n * 10}
# TYPE gc_seconds summary
gc_seconds{quantile="0.5"} 0.01
gc_seconds_sum ${n * 0.02}
gc_seconds_count ${n}
# TYPE process_start_time_seconds gauge
process_start_time_seconds ${Math.round(Date.now() / 1000) - 86_400}
`;

describeWith(["prometheus"], "programs that know nothing of us, scraped by a real Prometheus", () => {
  it("are read under their own names, as what their metadata says", async () => {
    let scrapes = 0;
    const server = createServer((_request, response) => void response.end(exposition(1000 + ++scrapes)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { url, receiver } = await startPrometheus({
      scrapeSeconds: 0.25,
      targets: [{ address, job: "shop", labels: { zone: "b" } }],
    });
    try {
      await eventually(() => scrapes > 6);
      const store = new PrometheusStore({ url });
      const to = Date.now() / 1000;
      const found = await store.summaries({ from: to - 60, to });
      const byName = new Map(found.map((summary) => [`${summary.name}${summary.tags["code"] ?? ""}`, summary]));
      const [ok, failed] = [byName.get("requests200")!, byName.get("requests500")!];
      expect(ok).toMatchObject({ kind: "counter", description: "Requests served", tags: { code: "200" } });
      // It has run for a day: what it had counted before its first scrape here is none of this minute's.
      expect(ok.sum).toBe(failed.sum! * 10);
      expect(failed.sum).toBeGreaterThan(0);
      expect(failed.sum).toBeLessThan(scrapes);
      expect(byName.get("room_celsius")).toMatchObject({ kind: "gauge", merge: "mean", tags: {}, services: ["shop"] });
      const duration = byName.get("http_request_duration_seconds")!;
      expect(duration).toMatchObject({ kind: "timer", unit: "s", mean: 0.1, description: "How long requests take" });
      expect(duration.p50).toBeLessThanOrEqual(0.1);
      expect(duration.p95).toBeGreaterThan(0.1);
      expect(byName.get("gc_seconds")).toMatchObject({ kind: "gauge", tags: { quantile: "0.5" } });
      expect(byName.get("gc_seconds_count")).toMatchObject({ kind: "counter" });
      expect(byName.get("up")).toMatchObject({ last: 1, instances: [`shop/${address}`] });
      expect(found.map(({ name }) => name).filter((name) => name.startsWith("scrape_"))).toEqual([]);
      const only = new PrometheusStore({ url, labels: { zone: "a" } });
      expect(await only.summaries({ from: to - 60, to })).toEqual([]);
    } finally {
      await receiver.stop();
      server.close();
    }
  });
});
