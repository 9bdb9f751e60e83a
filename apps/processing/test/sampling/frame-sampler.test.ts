import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanConfidenceInterval } from "../../src/sampling/confidence-interval.ts";
import { createSampler, FrameSampler } from "../../src/sampling/frame-sampler.ts";
import { type FrameSamplingConfig, SAMPLING_STRATEGIES } from "../../src/sampling/sampling-config.ts";
import type { FrameSequence } from "../../src/sampling/sampling-request.ts";
import { recordMessages } from "../caching/recorded-messages.ts";
import { levelFrames as frames, stillFrames as still } from "./level-frames.ts";

describe("every strategy", () => {
  const sequence = fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: 0, maxLength: 120 })
    .map((levels) => frames(levels));

  test.each(SAMPLING_STRATEGIES)(
    "%s gives ascending, unique indices with first and last, the same each time",
    (strategy) => {
      fc.assert(
        fc.property(sequence, fc.integer({ min: 0, max: 40 }), (animation, minFramesThreshold) => {
          const sampler = createSampler({ defaultStrategy: strategy, minFramesThreshold });
          const result = sampler.sample(animation);
          const total = animation.frames.length;
          expect(result.totalFrames).toBe(total);
          expect([...result.indices]).toEqual([...new Set(result.indices)].sort((a, b) => a - b));
          if (total > 0) expect([result.indices[0], result.indices.at(-1)]).toEqual([0, total - 1]);
          for (const index of result.indices) expect(Number.isInteger(index) && index >= 0 && index < total).toBe(true);
          expect(createSampler({ defaultStrategy: strategy, minFramesThreshold }).sample(animation).indices).toEqual(
            result.indices,
          );
          if (total < minFramesThreshold || strategy === "full") expect(result.indices.length).toBe(total);
        }),
        { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 2000 : 60 },
      );
    },
  );

  test("takes a short animation whole and says so", () => {
    expect(createSampler().sample(still(29))).toMatchObject({ samplingRate: 1, strategyUsed: "uniform (full)" });
    expect(createSampler().sample(still(30)).strategyUsed).toBe("uniform");
    expect(createSampler({ enabled: false }).sample(still(100)).strategyUsed).toBe("uniform (full)");
    expect(createSampler({ defaultStrategy: "full" }).sample(still(100)).strategyUsed).toBe("full");
  });
});

describe("uniform", () => {
  test("spreads max(2, floor(n x rate)) frames evenly, truncated", () => {
    const sampler = createSampler({ defaultStrategy: "uniform" });
    expect(sampler.sample(still(30)).indices).toEqual([0, 3, 7, 10, 14, 18, 21, 25, 29]);
    const two = createSampler({ defaultStrategy: "uniform", uniform: { samplingRate: 0.01 } });
    expect(two.sample(still(50)).indices).toEqual([0, 49]);
  });
});

describe("adaptive", () => {
  test.each([
    [0.2, 20],
    [0.1, 10],
    [0.5, 50],
  ])("takes its base rate of a still animation, %d, losing no frame to rounding", (baseRate, inside) => {
    const { indices } = createSampler({ defaultStrategy: "adaptive", adaptive: { baseRate } }).sample(still(102));
    expect(indices).toHaveLength(inside + 2);
    const gaps = indices.slice(1).map((index, at) => index - indices[at]!);
    // The middle half of a stretch, in the next one the other end of the middle half.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(1.5 / baseRate) + 1);
  });

  test("is in step with no period: frames that alternate are taken as often as those between", () => {
    const levels = Array.from({ length: 402 }, (_, at) => (at % 2 === 0 ? 0 : 4));
    const { indices } = createSampler({ defaultStrategy: "adaptive", adaptive: { baseRate: 0.25 } }).sample(
      frames(levels),
    );
    const even = indices.filter((index) => index % 2 === 0).length;
    expect(Math.abs(even - indices.length / 2)).toBeLessThanOrEqual(4);
  });

  test("takes most frames of the part that moves", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at >= 40 && at < 50 ? (at % 2) * 4 : 0));
    const { indices, metadata } = createSampler({ defaultStrategy: "adaptive" }).sample(frames(levels));
    const moving = indices.filter((index) => index >= 40 && index <= 50).length;
    const others = indices.length - moving;
    expect(moving).toBeGreaterThanOrEqual(8);
    expect(others).toBeLessThan(25);
    expect(metadata["highMotionFrames"]).toBe(10);
  });

  test("does not take slight motion for much motion", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at === 50 ? 1 : 0));
    const withThreshold = (motionThreshold: number) =>
      createSampler({ defaultStrategy: "adaptive", adaptive: { motionThreshold } }).sample(frames(levels)).metadata[
        "highMotionFrames"
      ];
    expect(withThreshold(0.05)).toBe(2);
    expect(withThreshold(0.1)).toBe(0);
  });
});

describe("scene_aware", () => {
  test("takes the ends of every scene", () => {
    const levels = Array.from({ length: 90 }, (_, at) => (at < 30 ? 0 : at < 60 ? 4 : 0));
    const result = createSampler({ defaultStrategy: "scene_aware", sceneAware: { baseRate: 0.1 } }).sample(
      frames(levels),
    );
    expect(result.metadata).toEqual({ scenes: 3 });
    for (const end of [0, 1, 28, 29, 30, 31, 58, 59, 60, 61, 88, 89]) expect(result.indices).toContain(end);
  });

  test("takes its share of a long single scene, not only its ends", () => {
    const result = createSampler({ defaultStrategy: "scene_aware" }).sample(still(150));
    expect(result.indices.length).toBeGreaterThanOrEqual(45);
    expect(Math.max(...result.indices.slice(1).map((index, at) => index - result.indices[at]!))).toBeLessThanOrEqual(4);
  });
});

describe("the mean of sampled results", () => {
  const value = (result: number): number => result;

  test("has a confidence interval whatever the strategy, unless nothing was left out", async () => {
    for (const strategy of ["uniform", "adaptive", "scene_aware"] as const) {
      const sampler = createSampler({ defaultStrategy: strategy });
      const { selection, results, mean } = await sampler.process(still(100), (index) => index % 3, { value });
      expect(selection.confidenceInterval).toEqual(meanConfidenceInterval(results, selection.weights, 0.95));
      expect(mean).toBeCloseTo((selection.confidenceInterval!.lower + selection.confidenceInterval!.upper) / 2);
    }
    const whole = await createSampler().process(still(10), (index) => index, { value });
    expect(whole.selection.confidenceInterval).toBeUndefined();
    expect(whole.results).toHaveLength(10);
    expect(whole.mean).toBe(4.5);
  });

  test.each(["uniform", "adaptive", "scene_aware", "progressive"] as const)(
    "is of the animation with %s, whose first frame is like no other and whose busy part is a tenth of it",
    async (strategy) => {
      const busy = (at: number): boolean => at >= 150 && at < 180;
      const levels = Array.from({ length: 300 }, (_, at) => (busy(at) ? (at % 2) + 1 : 0));
      const quality = (index: number): number => (index === 0 ? 1 : busy(index) ? 0.6 : 0.9);
      const full = levels.reduce((sum, _, at) => sum + quality(at), 0) / 300;
      const config = { defaultStrategy: strategy, progressive: { targetCiWidth: 0.08 } };
      const { selection, results, mean } = await createSampler(config).process(frames(levels), quality, { value });
      expect(selection.indices.length).toBeLessThan(150);
      expect(selection.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(300);
      expect(Math.abs(mean! - full)).toBeLessThan(strategy === "progressive" ? 0.04 : 0.004);
      if (strategy === "adaptive") {
        // Without weights the busy part would count for more than it is.
        expect(results.reduce((sum, result) => sum + result, 0) / results.length).toBeLessThan(full - 0.01);
      }
    },
  );

  test("is not to be had when the work fails: the error is passed on", async () => {
    const failing = createSampler().process(still(100), () => {
      throw new Error("no such frame");
    });
    await expect(failing).rejects.toThrow("no such frame");
  });
});

describe("what a sampler tells", () => {
  test("is one message per animation, with the interval's width if there is one", () => {
    const messages = recordMessages("giflab:sampling");
    const sampler = new FrameSampler({ defaultStrategy: "uniform" }, () => 7);
    sampler.sample(still(100));
    sampler.sample(still(100), { strategy: "progressive", measure: (index) => (index % 2) / 100 });
    sampler.sample(still(10));
    const width = sampler.sample(still(100), { strategy: "progressive", measure: (index) => (index % 2) / 100 })
      .confidenceInterval!;
    expect(messages[0]).toEqual({
      strategy: "uniform",
      framesTotal: 100,
      framesSampled: 30,
      seconds: 0,
      speedupFactor: 100 / 30,
    });
    expect(messages[1]).toMatchObject({ strategy: "progressive", confidenceIntervalWidth: width.upper - width.lower });
    expect(messages[2]).toEqual({ strategy: "uniform (full)", framesTotal: 10, framesSampled: 10, seconds: 0 });
  });

  test("has the measured speed-up when the sampler did the work: time of all frames over time taken", async () => {
    const messages = recordMessages("giflab:sampling");
    let now = 0;
    const sampler = new FrameSampler({ defaultStrategy: "uniform", uniform: { samplingRate: 0.25 } }, () => now);
    const choosing: FrameSequence = {
      get frames() {
        now += 1;
        return still(100).frames;
      },
    };
    const work = await sampler.process(choosing, (index) => {
      now += 2;
      return index * 10;
    });
    expect(work.results).toEqual(work.selection.indices.map((index) => index * 10));
    const choosingSeconds = work.selection.seconds;
    expect(choosingSeconds).toBeGreaterThan(0);
    expect(work.speedupFactor).toBeCloseTo(200 / (50 + choosingSeconds));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      speedupFactor: work.speedupFactor,
      framesSampled: 25,
      seconds: choosingSeconds,
    });
  });
});

describe("a configuration that makes no sense", () => {
  test.each<[FrameSamplingConfig, string]>([
    [{ defaultStrategy: "magic" as "full" }, "uniform, adaptive, progressive, scene_aware, full, got magic"],
    [{ uniform: { samplingRate: 1.5 } }, "uniform.samplingRate must be 0 to 1, got 1.5"],
    [{ adaptive: { baseRate: Number.NaN } }, "adaptive.baseRate"],
    [{ progressive: { maxIterations: 0 } }, "progressive.maxIterations"],
  ])("is refused by name: %j", (config, message) => {
    expect(() => createSampler(config)).toThrow(message);
  });
});
