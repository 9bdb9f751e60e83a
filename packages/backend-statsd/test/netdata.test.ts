import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import { counterPoint, gaugePoint, SeededRandom, sketchOf, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describeWith, eventually, type NetdataReceiver, startNetdata } from "@giflab/backend-testkit/receivers";
import { MergedSketch } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { representatives } from "../src/representatives.ts";

describeWith(["netdata"], "netdata", () => {
  let netdata: NetdataReceiver;
  beforeAll(async () => {
    netdata = await startNetdata();
  });
  afterAll(async () => {
    await netdata?.receiver.stop();
  });

  /** A dimension of a chart, second by second, oldest first; nothing while there is no such chart. */
  const values = async (chart: string, dimension: string): Promise<number[]> => {
    const response = await fetch(`${netdata.url}/api/v1/data?chart=${chart}&after=-60&format=json`);
    if (!response.ok) return [];
    const { labels, data } = (await response.json()) as { labels: string[]; data: (number | null)[][] };
    const column = labels.indexOf(dimension);
    return data.map((row) => row[column] ?? 0).reverse();
  };
  const open = (options: StatsdOptions = {}) => new StatsdBackend({ port: netdata.port, ...options });

  it.each(["udp", "tcp"] as const)("counts what we count, and reads gauges below zero, over %s", async (protocol) => {
    const backend = open({ protocol, prefix: protocol });
    const instance = new TestInstance();
    const points = (delta: number, depth: number) => [
      counterPoint("hits", delta, { tags: { tier: "memory" } }),
      gaugePoint("depth", depth),
    ];
    await backend.write(instance.flush(points(3, 7)));
    await backend.write(instance.flush(points(4, -5)));
    await backend.write(instance.flush(points(5, -12.5)));
    await backend.close();
    const hits = () => values(`statsd_${protocol}.hits.tier--memory_counter`, "counter");
    await eventually(async () => (await hits()).reduce((sum, value) => sum + value, 0) === 12);
    await eventually(async () => (await values(`statsd_${protocol}.depth_gauge`, "gauge")).at(-1) === -12.5);
    expect(backend.bytesInFlight).toBe(0);
  });

  it("has our p50 and p90 of a timer within 3 %, each line weighted by its sample rate", async () => {
    const random = new SeededRandom();
    const seed = `seed ${random.seed}`;
    const recorded = Array.from({ length: 5000 }, () => random.duration(0.05, 1));
    const data = sketchOf(recorded);
    const sketch = new MergedSketch();
    sketch.add(data);
    // Its median is the value after the middle one: of 100 samples that is the 51st percentile.
    const timerSamples = 200;
    const sent = representatives(data, timerSamples);
    const mean = sent.reduce((sum, { value, weight }) => sum + value * weight, 0) / 5000;
    const backend = open({ protocol: "tcp", timerSamples });
    const instance = new TestInstance();
    const read = async (name: string, dimension: string) =>
      (await values(`statsd_${name}.timer`, dimension)).find((value) => value > 0);
    const meanError = async (name: string) => Math.abs((await read(name, "average"))! / 1000 / mean - 1);
    // A second of its own may begin between the lines of one of ours: then it is sent again.
    let name = "";
    for (let attempt = 0; attempt < 4; attempt++) {
      name = `load${attempt}`;
      await backend.write(instance.flush([timerPoint(name, recorded)]));
      await eventually(async () => (await read(name, "median")) !== undefined);
      if ((await meanError(name)) < 0.001) break;
    }
    await backend.close();
    expect(await meanError(name), seed).toBeLessThan(0.001);
    expect(Math.abs((await read(name, "median"))! / 1000 / sketch.quantile(0.5)! - 1), seed).toBeLessThan(0.03);
    expect(Math.abs((await read(name, "90.0%"))! / 1000 / sketch.quantile(0.9)! - 1), seed).toBeLessThan(0.03);
  });
});
