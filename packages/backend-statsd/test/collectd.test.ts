import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import { counterPoint, gaugePoint, SeededRandom, sketchOf, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { type CollectdReceiver, describeWith, eventually, startCollectd } from "@giflab/backend-testkit/receivers";
import { MergedSketch } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";

describeWith(["collectd"], "collectd", () => {
  let collectd: CollectdReceiver;
  beforeAll(async () => {
    collectd = await startCollectd();
  });
  afterAll(async () => {
    await collectd?.receiver.stop();
  });

  /** The values that it wrote of one of its types, such as `derive-calls`. */
  const written = (type: string): number[] => {
    const folder = join(collectd.receiver.folder, "csv/test/statsd");
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${type}-20`)) : [];
    const lines = files.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(1, -1));
    return lines.map((line) => Number(line.split(",")[1]));
  };
  const open = (options: StatsdOptions = {}) => new StatsdBackend({ port: collectd.port, ...options });
  const describe = () => collectd.receiver.output.slice(-2000);

  it("counts what we count, and reads gauges below zero", async () => {
    const backend = open();
    const instance = new TestInstance();
    const points = (delta: number, depth: number) => [
      counterPoint("hits", delta, { tags: { tier: "memory" } }),
      gaugePoint("depth", depth),
    ];
    for (const [delta, depth] of [
      [3, 7],
      [4, -5],
      [5, -12.5],
    ] as const) {
      await backend.write(instance.flush(points(delta, depth)));
    }
    await backend.close();
    await eventually(() => written("derive-hits.tier--memory").at(-1) === 12, { describe });
    expect(written("gauge-depth").at(-1)).toBe(-12.5);
    expect(collectd.receiver.output).not.toContain("Unable to parse");
  });

  it("has our p50 and p90 of a timer within 3 % when it is sent no sample rates, which it divides by", async () => {
    const random = new SeededRandom();
    const seed = `seed ${random.seed}`;
    // Its percentiles are as fine as a five hundredth of the largest value.
    const values = Array.from({ length: 5000 }, () => random.duration(0.5, 0.5));
    const sketch = new MergedSketch();
    sketch.add(sketchOf(values));
    const instance = new TestInstance();
    const [plain, rated] = [open({ sampleRates: false, timerSamples: 200 }), open()];
    // A reading of its own may fall into the lines of one of ours: then there are two values, and it is sent again.
    let name = "";
    for (let attempt = 0; name === "" && attempt < 5; attempt++) {
      await plain.write(instance.flush([timerPoint(`load${attempt}`, values)]));
      await eventually(() => written(`gauge-load${attempt}-count`).length > 0, { describe });
      if (written(`gauge-load${attempt}-count`)[0] === 200) name = `load${attempt}`;
    }
    const [p50] = written(`latency-${name}-percentile-50`);
    const [p90] = written(`latency-${name}-percentile-90`);
    expect(Math.abs(p50! / sketch.quantile(0.5)! - 1), seed).toBeLessThan(0.03);
    expect(Math.abs(p90! / sketch.quantile(0.9)! - 1), seed).toBeLessThan(0.03);
    await rated.write(instance.flush([timerPoint("rated", values)]));
    await eventually(() => written("latency-rated-upper").length > 0, { describe });
    expect(written("latency-rated-upper").at(-1)! / sketch.max, seed).toBeCloseTo(50, 2);
    await Promise.all([plain.close(), rated.close()]);
  });
});
