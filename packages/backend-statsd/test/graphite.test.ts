import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { StatsdBackend } from "@giflab/backend-statsd";
import { counterPoint, gaugePoint, SeededRandom, sketchOf, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describeWith, eventually, startCarbon } from "@giflab/backend-testkit/receivers";
import { MergedSketch } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { EtsyServer } from "./etsy-server.ts";
import { readWhisper } from "./whisper-file.ts";

describeWith(["carbon-cache"], "Graphite behind the original StatsD server", () => {
  it("stores what was recorded: whisper files read back", async () => {
    const carbon = await startCarbon();
    await using _ = carbon.receiver;
    await using server = await EtsyServer.start({ flushIntervalMs: 1000, carbonPort: carbon.port });
    const backend = new StatsdBackend({ protocol: "tcp", port: server.port, dialect: "graphite" });
    const random = new SeededRandom();
    const values = Array.from({ length: 5000 }, () => random.duration(0.01, 1));
    const instance = new TestInstance();
    const hits = (delta: number) => counterPoint("cache.hits", delta);
    await backend.write(instance.flush([hits(3), gaugePoint("depth", 4), timerPoint("load", values)]));
    const file = (name: string) => join(carbon.receiver.folder, "whisper", `${name.replaceAll(".", "/")}.wsp`);
    const tagged = (series: string) => {
      const digest = createHash("sha256").update(series).digest("hex");
      return join(carbon.receiver.folder, "whisper/_tagged", digest.slice(0, 3), digest.slice(3, 6), `${digest}.wsp`);
    };
    const total = (path: string) => readWhisper(path).reduce((sum, [, value]) => sum + value, 0);
    const describe = () => carbon.receiver.output.slice(-2000);
    await eventually(() => existsSync(file("stats_counts.cache.hits")), { describe });
    await backend.write(
      instance.flush([hits(4), counterPoint("jobs", 9, { tags: { queue: "mail" } }), gaugePoint("depth", -5)]),
    );
    await backend.close();
    const jobs = tagged("stats_counts.jobs;queue=mail");
    await eventually(() => existsSync(jobs) && total(jobs) === 9, { describe });
    await eventually(() => total(file("stats_counts.cache.hits")) === 7, { describe });
    await eventually(() => readWhisper(file("stats.gauges.depth")).at(-1)?.[1] === -5, { describe });
    const sketch = new MergedSketch();
    sketch.add(sketchOf(values));
    const seed = `seed ${random.seed}`;
    const ofTimer = (statistic: string) =>
      readWhisper(file(`stats.timers.load.${statistic}`)).map(([, value]) => value);
    // A flush of the server may fall into the lines of one of ours; its counts total ours all the same.
    expect(Math.round(total(file("stats.timers.load.count"))), seed).toBe(5000);
    if (ofTimer("median").length > 1) return;
    expect(Math.abs(ofTimer("median")[0]! / 1000 / sketch.quantile(0.5)! - 1), seed).toBeLessThan(0.03);
    expect(Math.abs(ofTimer("upper_90")[0]! / 1000 / sketch.quantile(0.9)! - 1), seed).toBeLessThan(0.03);
  });
});
