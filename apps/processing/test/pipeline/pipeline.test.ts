import { describe, expect, it } from "vitest";
import { quantiseColorStep } from "../../src/pipeline/color-step.ts";
import { ffmpegColorStep, gifsicleFrameStep, gifsicleLossyStep } from "../../src/pipeline/engine-steps.ts";
import { evenFrameStep } from "../../src/pipeline/frame-steps.ts";
import { appliedParameters, makePipeline } from "../../src/pipeline/pipeline.ts";

const PARAMETERS = { colors: 32, lossy: 40, frameRatio: 0.5 };

describe("makePipeline", () => {
  it("names a pipeline by its steps and the values they take, and knows which programs it needs", () => {
    expect(makePipeline([evenFrameStep, quantiseColorStep], { ...PARAMETERS, lossy: 99 })).toMatchObject({
      id: "even-frame-0.5_quantise-color-32",
      engines: [],
    });
    const mixed = makePipeline([gifsicleFrameStep, ffmpegColorStep, gifsicleLossyStep], PARAMETERS);
    expect(mixed).toMatchObject({
      id: "gifsicle-frame-0.5_ffmpeg-color-32_gifsicle-lossy-40",
      engines: ["gifsicle", "ffmpeg"],
    });
  });

  it("applies a parameter only where a step takes it", () => {
    const pipeline = makePipeline([gifsicleLossyStep], PARAMETERS);
    expect(appliedParameters(pipeline)).toEqual({ colors: undefined, lossy: 40, frameRatio: undefined });
  });

  it("refuses steps in another order, twice, or none, and says which it got", () => {
    const order = "steps must be one or more of frame, color, lossy in this order, got ";
    expect(() => makePipeline([quantiseColorStep, evenFrameStep], PARAMETERS)).toThrow(`${order}color, frame`);
    expect(() => makePipeline([ffmpegColorStep, quantiseColorStep], PARAMETERS)).toThrow(`${order}color, color`);
    expect(() => makePipeline([], PARAMETERS)).toThrow(`${order}none`);
  });

  it.each([
    [{ colors: 1 }, "colors must be a whole number from 2 to 256, got 1"],
    [{ colors: 12.5 }, "colors must be a whole number from 2 to 256, got 12.5"],
    [{ lossy: 101 }, "lossy must be 0 to 100, got 101"],
    [{ lossy: Number.NaN }, "lossy must be 0 to 100, got NaN"],
    [{ frameRatio: 0 }, "frameRatio must be above 0, to 1, got 0"],
  ])("refuses %o: it names the parameter, the value and what is allowed", (wrong, message) => {
    expect(() => makePipeline([evenFrameStep], { ...PARAMETERS, ...wrong })).toThrow(new RangeError(message));
  });
});
