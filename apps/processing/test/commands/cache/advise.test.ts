import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import { instrumentAllSystems, registerExtension } from "@giflab/monitoring";
import { beforeEach, describe, expect, test } from "vitest";
import { FrameCache } from "../../../src/caching/frame-cache.ts";
import { type EvictionPolicy, MemoryTier } from "../../../src/caching/memory-tier.ts";
import { ResizedFrameCache } from "../../../src/caching/resized-frame-cache.ts";
import type { AdviceJson } from "../../../src/commands/cache/advise.ts";
import type { DecodedGif } from "../../../src/gif/decoded-gif.ts";
import { processingExtension } from "../../../src/monitoring.ts";
import { SeededRandom } from "../../caching/seeded-random.ts";
import { animation, writeSource } from "../../caching/test-animation.ts";
import { CommandHome, json } from "./command-home.ts";

const seed = Date.now() % 1_000_000;
const FILES = 240;
/** Not at the edge of a bucket of the histogram, where the share would be exact. */
const LIMIT_MB = 4.7;

let home: CommandHome;
beforeEach(() => {
  home = new CommandHome();
});

/** Numbers of files: some in steady use (Zipf), and now and then a pass over half of them. */
function accessTrace(lookUps: number): readonly number[] {
  const random = new SeededRandom(seed);
  const sums: number[] = [];
  let sum = 0;
  for (let file = 1; file <= FILES; file++) sums.push((sum += file ** -0.9));
  const trace: number[] = [];
  while (trace.length < lookUps) {
    for (let i = 0; i < 1000; i++) {
      const at = (random.below(2 ** 30) / 2 ** 30) * sum;
      trace.push(sums.findIndex((upTo) => upTo > at));
    }
    const first = random.below(FILES / 2);
    for (let file = first; file < first + FILES / 2; file++) trace.push(file);
  }
  return trace.slice(0, lookUps);
}

/** Animations of 16 to 144 KB, by number of the file. */
const animations: readonly DecodedGif[] = [32, 48, 64, 80, 96].map((width) =>
  animation(width, { width, height: width, frames: 4 }),
);
const animationOf = (file: number): DecodedGif => animations[(file * 7) % animations.length]!;
const bytesOf = (file: number): number => 16 * animationOf(file).width ** 2 + 256;

/** Share of look-ups that a memory of this size answers. */
function replayed(trace: readonly number[], limitMb: number, policy: EvictionPolicy = "lru"): number {
  const limitBytes = limitMb * 2 ** 20;
  const tier = new MemoryTier<true>({ limitBytes, ttlSeconds: 1e9, policy, clock: new ManualClock() });
  let hits = 0;
  for (const file of trace) {
    if (tier.get(String(file)) === undefined) tier.set(String(file), true, bytesOf(file));
    else hits++;
  }
  return hits / trace.length;
}

/** Does `work` in this process with monitoring into the home's store. */
async function monitored(work: () => Promise<void>): Promise<void> {
  registerExtension(processingExtension);
  const dbPath = join(home.cacheFolder, "metrics.db");
  const monitoring = await instrumentAllSystems({ config: { monitoring: { sqlite: { dbPath } } } });
  try {
    await work();
  } finally {
    await monitoring.stop();
  }
}

/** Looks files up in a real frame cache, memory only, and keeps what was not there. */
async function lookUp(trace: readonly number[], evictionPolicy: EvictionPolicy = "lru"): Promise<void> {
  const paths = Array.from({ length: FILES }, (_, file) => writeSource(join(home.folder, `${file}.gif`)));
  await using cache = new FrameCache({
    memoryLimitMb: LIMIT_MB,
    diskLimitMb: 0,
    diskPath: join(home.cacheFolder, "frame_cache.db"),
    evictionPolicy,
  });
  for (const file of trace) {
    if (cache.get(paths[file]!) === undefined) cache.put(paths[file]!, animationOf(file));
  }
}

describe("cache advise", () => {
  test(`predicts the hit rates of a recorded trace at half, once and twice the size within 5 points of a replay (seed ${seed})`, async () => {
    const trace = accessTrace(8000);
    await monitored(() => lookUp(trace));
    home.configure({ frameCache: { memoryLimitMb: LIMIT_MB } });
    const { outcomes } = home.giflabs(["cache:advise", "--json"], ["cache:advise", "--window", "1h"]);
    const { caches, config } = json<AdviceJson>(outcomes[0]);
    const { frame, validation } = caches;
    expect(frame).toMatchObject({ lookUps: 8000, followedLookUps: 8000, currentMb: LIMIT_MB });
    const predicted = frame.predicted!;
    const rates = [predicted.half, predicted.current, predicted.double, predicted.recommended].map(
      ({ sizeMb, hitRate }) => ({ sizeMb, predicted: hitRate, replayed: replayed(trace, sizeMb) }),
    );
    for (const rate of rates) {
      expect(Math.abs(rate.predicted - rate.replayed), JSON.stringify(rate)).toBeLessThanOrEqual(0.05);
    }
    expect([predicted.half.sizeMb, predicted.double.sizeMb]).toEqual([LIMIT_MB / 2, LIMIT_MB * 2]);
    // The test means nothing where the sizes make no difference.
    expect(predicted.double.hitRate - predicted.half.hitRate).toBeGreaterThan(0.1);
    expect(Math.abs(frame.recordedHitRate! - predicted.current.hitRate)).toBeLessThanOrEqual(0.05);

    expect(frame.verdict).toBe("grow");
    expect(config["frameCache"]).toEqual({ memoryLimitMb: frame.recommendedMb });
    expect(validation).toMatchObject({ verdict: "unrecorded", recommendedMb: null });
    expect(outcomes[1]?.stdout).toContain(`frame cache: raise from 4.7 MB to ${frame.recommendedMb} MB`);
    expect(outcomes[1]?.stdout).toContain(`"frameCache": { "memoryLimitMb": ${frame.recommendedMb} }`);
  });

  test(`calls its rates an estimate for slru, and stays within 15 points of it (seed ${seed})`, async () => {
    const trace = accessTrace(8000);
    await monitored(() => lookUp(trace, "slru"));
    home.configure({ frameCache: { memoryLimitMb: LIMIT_MB, evictionPolicy: "slru" } });
    const { frame } = json<AdviceJson>(home.giflab("cache:advise", "--json")).caches;
    expect(frame.estimate).toContain("an estimate for slru");
    const { half, double } = frame.predicted!;
    for (const { sizeMb, hitRate } of [half, double]) {
      expect(Math.abs(hitRate - replayed(trace, sizeMb, "slru"))).toBeLessThanOrEqual(0.15);
    }
  });

  test("adds up processes that came one after the other, and divides the memory among those at the same time", async () => {
    const trace = accessTrace(300);
    for (let processes = 0; processes < 2; processes++) await monitored(() => lookUp(trace));
    const alone = json<AdviceJson>(home.giflab("cache:advise", "--json"));
    expect(alone.caches.frame).toMatchObject({ lookUps: 600, followedLookUps: 600 });
    expect(alone.memory.processes).toBe(1);
    await home.record(async (first) => {
      await home.record(async (second) => {
        for (const collector of [first, second, first]) {
          collector.recordGauge("cache.frame.memory_limit_mb", LIMIT_MB);
          await collector.flush();
        }
      });
    });
    const { memory } = json<AdviceJson>(home.giflab("cache:advise", "--json"));
    expect(memory.processes).toBe(2);
    expect(memory.budgetMb).toBeCloseTo(memory.memoryMb / 4, 6);
  });

  test("says what was refused for its size, and what is used once only", async () => {
    await monitored(async () => {
      const large = animation(1, { width: 600, height: 500, frames: 4 });
      await using frames = new FrameCache({ memoryLimitMb: 4, diskLimitMb: 0, diskPath: join(home.folder, "f.db") });
      const path = writeSource(join(home.folder, "large.gif"));
      for (let i = 0; i < 500; i++) if (frames.get(path) === undefined) frames.put(path, large);
      using resized = new ResizedFrameCache({ clearSignalPath: join(home.folder, "r.cleared") });
      const size = { width: 4, height: 3 };
      for (let frame = 0; frame < 500; frame++) {
        const rgba = new Uint8ClampedArray(4 * 8 * 6);
        rgba[0] = frame % 256;
        rgba[1] = frame >> 8;
        resized.get({ width: 8, height: 6, rgba }, size);
      }
    });
    home.configure({ frameCache: { memoryLimitMb: 4 } });
    const { outcomes } = home.giflabs(["cache:advise", "--json"], ["cache:advise"]);
    const { caches, config } = json<AdviceJson>(outcomes[0]);
    expect(caches.frame).toMatchObject({ verdict: "grow", recommendedMb: 5, recordedHitRate: 0 });
    expect(caches.frame.reasons.join()).toContain("500 entries were not kept");
    expect(caches.resize).toMatchObject({ verdict: "useless", recommendedMb: 0 });
    expect(config).toEqual({ frameCache: { memoryLimitMb: 5 }, resizeCache: { memoryLimitMb: 0 } });
    expect(outcomes[1]?.stdout).toContain("resized-frame cache: switch its memory off (now 200 MB)");
  });

  test("says that memory ran short, as larger limits would make it shorter", async () => {
    await home.record((collector) => {
      collector.recordCounter("cache.memory_pressure.evictions", 3, { level: "critical" });
      collector.recordCounter("cache.memory_pressure.freed_mb", 120, { cache: "frame" });
      collector.recordCounter("cache.memory_pressure.freed_mb", 30, { cache: "resize" });
    });
    const { outcomes } = home.giflabs(["cache:advise", "--json"], ["cache:advise"]);
    expect(json<AdviceJson>(outcomes[0]).memory).toMatchObject({ shortages: 3, freedMb: 150 });
    expect(outcomes[1]?.stdout).toContain("memory ran short 3 times, and caches gave 150 MB back");
  });

  test("recommends a sampling strategy from what samplers recorded", async () => {
    await home.record((collector) => {
      collector.recordCounter("sampling.strategy_usage", 40, { strategy: "adaptive" });
      collector.recordCounter("sampling.strategy_usage", 10, { strategy: "adaptive (full)" });
      collector.recordGauge("sampling.frames_sampled_ratio", 0.4, { strategy: "adaptive" });
      collector.recordGauge("sampling.speedup_factor", 2.2, { strategy: "adaptive" });
      collector.recordGauge("sampling.confidence_interval_width", 0.25, { strategy: "adaptive" });
    });
    home.configure({ frameSampling: { defaultStrategy: "adaptive" } });
    const { outcomes } = home.giflabs(["cache:advise", "--json"], ["cache:advise"]);
    const { sampling, config } = json<AdviceJson>(outcomes[0]);
    expect(sampling).toMatchObject({ verdict: "change", recommended: "progressive", animations: 50, sampled: 40 });
    expect(sampling.strategies["adaptive"]).toEqual({
      uses: 40,
      sampledRatio: 0.4,
      speedup: 2.2,
      intervalWidth: 0.25,
    });
    expect(config).toEqual({
      frameSampling: { defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } },
    });
    expect(outcomes[1]?.stdout).toMatch(/adaptive +40 +40 % +2\.2x +0\.25/);
  });

  test("says why there is nothing to advise from, exit code 2, and that nothing is to change", async () => {
    const nothing = home.giflab("cache:advise", "--json");
    expect(nothing.exitCode).toBe(2);
    expect(nothing.stderr).toContain("there is nothing to advise from");
    await home.record((collector) => collector.recordCounter("cache.frame.misses", 3));
    const few = home.giflab("cache:advise");
    expect(few.stdout).toContain("3 look-ups are too few: it takes 400");
    expect(few.stdout).toContain("nothing to change in giflab.config");
  });
});
