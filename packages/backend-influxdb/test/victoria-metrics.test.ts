import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { answers, describeWith, type HttpReceiver, startVictoriaMetrics } from "@giflab/backend-testkit/receivers";
import { afterAll, beforeAll, expect, it } from "vitest";

/** The only server that takes the second API here: InfluxDB 2 and 3 themselves are not to be had. */
describeWith(["victoria-metrics"], "the second API of a real VictoriaMetrics", () => {
  const random = new SeededRandom();
  const durations: number[] = [];
  const instances = [new TestInstance(), new TestInstance()];
  let server: HttpReceiver;

  beforeAll(async () => {
    server = await startVictoriaMetrics();
    const backend = new InfluxdbBackend({ url: server.url, bucket: "metrics", org: "acme", token: "t" });
    for (const instance of instances) {
      for (let i = 0; i < 30; i++) {
        const seconds = Array.from({ length: 20 }, () => random.duration(0.02, 0.5));
        durations.push(...seconds);
        await backend.write(
          instance.flush([counterPoint("cache.hits", 7), gaugePoint("depth", i), timerPoint("load", seconds)]),
        );
      }
    }
    await backend.close();
    await answers(`${server.url}/internal/force_flush`);
  });
  afterAll(() => server?.receiver.stop());

  async function ask(query: string): Promise<number[]> {
    const parameters = new URLSearchParams({ query, time: String(instances[0]!.end), nocache: "1" });
    const response = await fetch(`${server.url}/api/v1/query?${parameters}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => Number(value[1]));
  }

  it("has counters as deltas and as totals that rise", async () => {
    expect(await ask('sum(sum_over_time({__name__="cache.hits_delta"}[5m]))')).toEqual([2 * 30 * 7]);
    expect(await ask('sum(last_over_time({__name__="cache.hits_total"}[5m]))')).toEqual([2 * 30 * 7]);
    const [rate] = await ask('sum(rate({__name__="cache.hits_total"}[5m]))');
    expect(rate).toBeCloseTo(2 * 0.7, 1);
    expect(await ask('count({__name__="cache.hits_total",service="test-service",host="test-host"})')).toEqual([2]);
  });

  it("has the last value of a gauge for each process", async () => {
    expect(await ask("depth_value")).toEqual([29, 29]);
  });

  it("gives a p95 from buckets merged over processes and windows", async () => {
    const [p95] = await ask("histogram_quantile(0.95, sum(sum_over_time(load_bucket[5m])) by (le))");
    const sorted = durations.sort((a, b) => a - b);
    const truth = sorted[Math.ceil(0.95 * sorted.length) - 1]!;
    const bounds = [0.01, 0.025, 0.05, 0.1, 0.25];
    const upper = bounds.findIndex((bound) => truth <= bound);
    const told = `seed ${random.seed}, true p95 ${truth}`;
    expect(p95, told).toBeGreaterThanOrEqual(bounds[upper - 1]! * 0.992);
    expect(p95, told).toBeLessThanOrEqual(bounds[upper]! * 1.008);
    expect(await ask("sum(sum_over_time(load_count[5m]))")).toEqual([durations.length]);
  });

  it("tells which metrics there are", async () => {
    expect(await ask('giflab_metric_info_value{metric="load",kind="timer",unit="s"}')).toEqual([1]);
  });
});
