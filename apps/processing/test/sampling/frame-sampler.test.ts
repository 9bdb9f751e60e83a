import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanConfidenceInterval } from "../../src/sampling/confidence-interval.ts";
import { colorHistogram, histogramDistance } from "../../src/sampling/frame-difference.ts";
import { createSampler, FrameSampler } from "../../src/sampling/frame-sampler.ts";
import { type FrameSamplingConfig, SAMPLING_STRATEGIES } from "../../src/sampling/sampling-config.ts";
import type { FrameSequence } from "../../src/sampling/sampling-request.ts";
import { recordMessages } from "../caching/recorded-messages.ts";

/** Frames of 4 pixels, `levels[i]` of whose red values are 200 and the rest 10. */
function frames(levels: readonly number[]): FrameSequence {
  return {
    frames: levels.map((level) => ({
      rgba: Uint8ClampedArray.from({ length: 16 }, (_, at) => (at % 4 !== 0 ? 255 : at / 4 < level ? 200 : 10)),
    })),
  };
}

const still = (count: number): FrameSequence => frames(Array(count).fill(0));

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
    expect(createSampler().sample(still(29))).toMatchObject({ samplingRate: 1, strategyUsed: "adaptive (full)" });
    expect(createSampler().sample(still(30)).strategyUsed).toBe("adaptive");
    expect(createSampler({ enabled: false }).sample(still(100)).strategyUsed).toBe("adaptive (full)");
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
  test("takes an even fifth of a still animation", () => {
    const { indices } = createSampler().sample(still(101));
    expect(indices).toEqual([0, ...Array.from({ length: 20 }, (_, nth) => 5 * (nth + 1))]);
  });

  test("adds rates up without losing a frame to rounding", () => {
    const { indices } = createSampler({ adaptive: { baseRate: 0.1 } }).sample(still(101));
    expect(indices).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  test("takes most frames of the part that moves", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at >= 40 && at < 50 ? (at % 2) * 4 : 0));
    const { indices, metadata } = createSampler().sample(frames(levels));
    const moving = indices.filter((index) => index >= 40 && index <= 50).length;
    const others = indices.length - moving;
    expect(moving).toBeGreaterThanOrEqual(8);
    expect(others).toBeLessThan(25);
    expect(metadata["highMotionFrames"]).toBe(10);
  });

  test("does not take slight motion for much motion", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at === 50 ? 1 : 0));
    const withThreshold = (motionThreshold: number) =>
      createSampler({ adaptive: { motionThreshold } }).sample(frames(levels)).metadata["highMotionFrames"];
    expect(withThreshold(0.05)).toBe(2);
    expect(withThreshold(0.1)).toBe(0);
  });
});

describe("progressive", () => {
  test("stops as soon as the metric's mean is known well enough", () => {
    const sampler = createSampler({ defaultStrategy: "progressive" });
    const steady = sampler.sample(still(200), { measure: () => 0.97 });
    expect(steady.metadata).toMatchObject({ iterations: 1, finalCiWidth: 0 });
    expect(steady.indices.length).toBeLessThanOrEqual(22);
    const wild = sampler.sample(still(200), { measure: (index) => ((index * 7919) % 100) / 50 });
    expect(wild.metadata["iterations"]).toBe(5);
    expect(wild.indices.length).toBeGreaterThan(90);
  });

  test("takes more frames for a narrower target", () => {
    const taken = (targetCiWidth: number): number =>
      createSampler({ defaultStrategy: "progressive", progressive: { targetCiWidth, maxIterations: 9 } }).sample(
        still(300),
        { measure: (index) => 0.9 + ((index * 7919) % 100) / 1000 },
      ).indices.length;
    expect(taken(0.01)).toBeGreaterThan(taken(0.05));
  });

  test("gives the interval of what it was told to measure, asking for each frame once", () => {
    const asked: number[] = [];
    const measure = (index: number): number => {
      asked.push(index);
      return index % 2;
    };
    const result = createSampler({ defaultStrategy: "progressive" }).sample(still(60), { measure });
    expect(new Set(asked).size).toBe(asked.length);
    expect([...asked].sort((a, b) => a - b)).toEqual(result.indices);
    expect(result.confidenceInterval).toEqual(
      meanConfidenceInterval(
        asked.map((index) => index % 2),
        0.95,
      ),
    );
  });

  test("works on frames until the mean of what comes of it is known well enough", async () => {
    const sampler = createSampler({ defaultStrategy: "progressive" });
    const worked: number[] = [];
    const compare = async (index: number): Promise<{ ssim: number }> => {
      worked.push(index);
      return { ssim: 0.9 + (index % 5) / 100 };
    };
    const { selection, results } = await sampler.process(still(200), compare, { value: ({ ssim }) => ssim });
    expect(new Set(worked).size).toBe(worked.length);
    expect([...worked].sort((a, b) => a - b)).toEqual(selection.indices);
    expect(selection.metadata).toMatchObject({ iterations: 1 });
    expect(selection.confidenceInterval).toEqual(
      meanConfidenceInterval(
        worked.map((index) => 0.9 + (index % 5) / 100),
        0.95,
      ),
    );
    expect(results).toEqual(selection.indices.map((index) => ({ ssim: 0.9 + (index % 5) / 100 })));
  });

  test("measures the change from frame to frame when it is told nothing", () => {
    const levels = Array.from({ length: 100 }, (_, at) => (at % 2) * 4);
    const result = createSampler({ defaultStrategy: "progressive" }).sample(frames(levels));
    expect(result.confidenceInterval!.upper).toBeGreaterThan(0.2);
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

describe("the manual's tuning samples", () => {
  test.each<[string, FrameSamplingConfig, (rate: number) => boolean]>([
    ["fast preview", { defaultStrategy: "uniform", uniform: { samplingRate: 0.5 } }, (rate) => rate === 0.5],
    ["accuracy", { defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } }, (rate) => rate < 0.6],
    [
      "motion-heavy content",
      { defaultStrategy: "adaptive", adaptive: { baseRate: 0.2, maxRate: 0.9 } },
      (rate) => rate > 0.25,
    ],
  ])("for %s act as configured", (_, config, holds) => {
    const levels = Array.from({ length: 200 }, (_, at) => (at % 10 < 2 ? at % 5 : 0));
    const result = createSampler(config).sample(frames(levels));
    expect(result.strategyUsed).toBe(config.defaultStrategy);
    expect(holds(result.samplingRate)).toBe(true);
  });
});

describe("the mean of sampled results", () => {
  const value = (result: number): number => result;

  test("has a confidence interval whatever the strategy, unless nothing was left out", async () => {
    for (const strategy of ["uniform", "adaptive", "scene_aware"] as const) {
      const sampler = createSampler({ defaultStrategy: strategy });
      const { selection, results } = await sampler.process(still(100), (index) => index % 3, { value });
      expect(selection.confidenceInterval).toEqual(meanConfidenceInterval(results, 0.95));
    }
    const whole = await createSampler().process(still(10), (index) => index, { value });
    expect(whole.selection.confidenceInterval).toBeUndefined();
    expect(whole.results).toHaveLength(10);
  });

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

describe("a frame difference", () => {
  test("is 0 for the same colours, wherever they are, and 1 for none in common", () => {
    const histogram = (values: number[]) => colorHistogram(Uint8ClampedArray.from(values));
    const a = histogram([1, 1, 1, 255, 9, 9, 9, 255]);
    expect(histogramDistance(a, histogram([9, 9, 9, 0, 1, 1, 1, 0]))).toBe(0);
    expect(histogramDistance(a, histogram([2, 2, 2, 255, 3, 3, 3, 255]))).toBe(1);
    expect(histogramDistance(a, histogram([1, 2, 2, 255, 3, 3, 3, 255]))).toBeCloseTo(1 - 0.5 / 3);
  });
});

describe("a confidence interval", () => {
  test("is mean +- z s / sqrt(n)", () => {
    const { lower, upper } = meanConfidenceInterval([1, 2, 3, 4], 0.95)!;
    expect(upper - lower).toBeCloseTo(2 * 1.96 * Math.sqrt(5 / 3 / 4));
    expect((lower + upper) / 2).toBeCloseTo(2.5);
    const wider = meanConfidenceInterval([1, 2, 3, 4], 0.99)!;
    expect((wider.upper - wider.lower) / (upper - lower)).toBeCloseTo(2.576 / 1.96);
  });

  test("does not exist for one value", () => {
    expect(meanConfidenceInterval([1], 0.95)).toBeUndefined();
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
