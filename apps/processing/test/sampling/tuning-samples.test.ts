import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { frameSamplingSection } from "../../src/config/sampling-section.ts";
import { createSampler } from "../../src/sampling/frame-sampler.ts";
import { levelFrames } from "./level-frames.ts";

/** A sampler as a config file with this `frameSampling` makes it. */
const configured = (frameSampling: unknown) => createSampler(v.parse(frameSamplingSection, frameSampling));
const value = (result: number): number => result;

describe("the manual's tuning samples, loaded as configuration", () => {
  test("fast preview looks at every second frame", async () => {
    const sampler = configured({ defaultStrategy: "uniform", uniform: { samplingRate: 0.5 } });
    const { indices, strategyUsed } = sampler.sample(levelFrames(Array(200).fill(0)));
    expect(strategyUsed).toBe("uniform");
    expect(indices).toHaveLength(100);
    expect(Math.max(...indices.slice(1).map((index, at) => index - indices[at]!))).toBeLessThanOrEqual(3);
  });

  test("accuracy first goes on until the interval is at most 0.05 wide, where the default stops at 0.1", async () => {
    const quality = (index: number): number => 0.6 + ((index * 7919) % 100) / 250;
    const frames = levelFrames(Array(400).fill(0));
    const accurate = configured({ defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } });
    const usual = configured({ defaultStrategy: "progressive" });
    const [narrow, wide] = [
      await accurate.process(frames, quality, { value }),
      await usual.process(frames, quality, { value }),
    ];
    const width = ({ selection }: typeof narrow): number =>
      selection.confidenceInterval!.upper - selection.confidenceInterval!.lower;
    expect(width(narrow)).toBeLessThanOrEqual(0.05);
    expect(width(wide)).toBeGreaterThan(0.05);
    expect(width(wide)).toBeLessThanOrEqual(0.1);
    expect(narrow.results.length).toBeGreaterThan(wide.results.length);
    expect(narrow.results.length).toBeLessThan(200);
  });

  test("accuracy first looks at all frames where fewer cannot tell", async () => {
    const sampler = configured({ defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } });
    const { selection, mean } = await sampler.process(levelFrames(Array(60).fill(0)), (index) => index % 2, { value });
    expect(selection.indices).toHaveLength(60);
    expect(selection.confidenceInterval).toEqual({ lower: mean, upper: mean });
    expect(selection.metadata).toMatchObject({ iterations: 5, targetCiWidth: 0.05, finalCiWidth: 0 });
  });

  test("much motion takes nine of ten frames that move much, and a fifth of those that do not", () => {
    // A flash each ten frames: twenty and twenty frames differ from the one before.
    const levels = Array.from({ length: 200 }, (_, at) => (at % 10 === 5 ? 4 : 0));
    const moves = (index: number): boolean => index % 10 === 5 || index % 10 === 6;
    const taken = (frameSampling: unknown) => configured(frameSampling).sample(levelFrames(levels));
    const { indices, strategyUsed, metadata } = taken({
      defaultStrategy: "adaptive",
      adaptive: { baseRate: 0.2, maxRate: 0.9 },
    });
    expect(strategyUsed).toBe("adaptive");
    expect(metadata["highMotionFrames"]).toBe(40);
    expect(indices.filter(moves)).toHaveLength(36);
    expect(indices.filter((index) => !moves(index) && index > 0 && index < 199)).toHaveLength(32);
    expect(taken({ defaultStrategy: "adaptive" }).indices.filter(moves)).toHaveLength(32);
  });
});
