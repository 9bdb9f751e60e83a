import { describe, expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";
import { ApiServer, succeed } from "./api-server.ts";

/** Jobs that come and go on one target, which is scraped every 10 s: samples of `job_memory` from one moment to another. */
const JOBS = [
  { job: "short", from: 1000, to: 1200, value: "64" },
  { job: "long", from: 1000, to: 1600, value: "100" },
];
const EVERY = 10;

describe("a gauge that a living target exposes no longer", () => {
  it("ends with the second scrape without it, instead of holding as long as its target lives", async () => {
    await using server = await ApiServer.start(({ path, parameters }, response) => {
      const query = parameters.get("query") ?? "";
      const vector = (result: readonly object[]): void => succeed(response, { resultType: "vector", result });
      if (path === "label/__name__/values") succeed(response, ["up", "job_memory_bytes"]);
      else if (path === "metadata") succeed(response, {});
      else if (query.startsWith("max by")) vector([]);
      else if (query.startsWith("count by")) vector([{ metric: { __name__: "job_memory_bytes" }, value: [0, "2"] }]);
      else {
        const result = query.includes('"up')
          ? [{ metric: { __name__: "up", instance: "a" }, values: scrapes(1000, 1600).map((time) => [time, "1"]) }]
          : JOBS.map(({ job, from, to, value }) => ({
              metric: { __name__: "job_memory_bytes", instance: "a", name: job },
              values: scrapes(from, to).map((time) => [time, value]),
            }));
        succeed(response, { resultType: "matrix", result });
      }
    });
    const store = new PrometheusStore({ url: server.url });
    const [long, short] = await store.summaries({ from: 1000, to: 1600, match: "job_memory_bytes" });
    expect(long).toMatchObject({ tags: { name: "long" }, last: 100, stale: false, count: 60 });
    expect(short).toMatchObject({ tags: { name: "short" }, last: 64, stale: true, count: 20, lastSeen: 1200 });
    const steps = { from: 1000, to: 1600, stepSeconds: 100, match: "job_memory_bytes" };
    const [, ends] = await store.series(steps);
    expect(ends!.points).toEqual([
      [1100, 64],
      [1200, 64],
      [1300, 64],
      [1400, null],
      [1500, null],
      [1600, null],
    ]);
  });
});

function scrapes(from: number, to: number): readonly number[] {
  return Array.from({ length: (to - from) / EVERY + 1 }, (_, i) => from + i * EVERY);
}
