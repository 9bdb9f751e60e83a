import type { MetricPoint } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";
import { ApiServer, smallApi } from "./api-server.ts";

const WINDOW = { from: 10_000, to: 20_000, match: "hits_total" };
/** Every 10 s one more than the time before, and half-way a restart. */
const SAMPLES = Array.from({ length: 2001 }, (_, i) => [i * 10, String(i < 1500 ? i * 3 : i - 1499)] as const);

/** A store whose counter is said to have this many series, which decides in how many requests a window is read. */
async function readWith(series: number) {
  const ranges: string[] = [];
  await using server = await ApiServer.start(
    smallApi((query, { parameters }) => {
      const [, seconds] = /\[(\d+)ms\]$/.exec(query)!.map((text) => Number(text) / 1000);
      const to = Number(parameters.get("time"));
      // As Prometheus 2 has it: the beginning of a range belongs to it.
      const values = SAMPLES.filter(([time]) => time >= to - seconds! && time <= to);
      if (query.includes("up"))
        return [{ metric: { __name__: "up", job: "a" }, values: values.map(([time]) => [time, "1"]) }];
      ranges.push(`${to - seconds!} to ${to}`);
      return [{ metric: { __name__: "hits_total", job: "a" }, values }];
    }, series),
  );
  const store = new PrometheusStore({ url: server.url });
  const [summary] = await store.summaries(WINDOW);
  const [steps] = await store.series({ ...WINDOW, stepSeconds: 500 });
  const points: MetricPoint[] = [];
  for await (const point of store.points(WINDOW)) points.push(point);
  return { summary, steps, points, requests: ranges.length / 3, ranges };
}

describe("a window with more samples than one answer should have", () => {
  it("is read in slices, with the same result as at once", async () => {
    const [once, sliced] = [await readWith(1), await readWith(2000)];
    expect(once.requests).toBe(1);
    // 2,000 series with 1,066 samples each, of which one request is meant to bring 200,000.
    expect(sliced.requests).toBe(11);
    expect(sliced.ranges[0]!.split(" to ")[1]).toBe(sliced.ranges[1]!.split(" to ")[0]);
    expect(sliced.summary).toEqual(once.summary);
    expect(sliced.steps).toEqual(once.steps);
    expect(sliced.points).toEqual(once.points);
    // 499 times 3 up to the restart, 1 at it and 500 times 1 after it.
    expect(once.summary).toMatchObject({ sum: 499 * 3 + 1 + 500, count: 1000, covered: 10_000 });
    expect(once.points).toHaveLength(1000);
  });
});
