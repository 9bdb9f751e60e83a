import { describe, expect, it } from "vitest";
import { distinctColors } from "../../src/gif/palette.ts";
import type { Animation } from "../../src/pipeline/animation.ts";
import { quantiseColorStep } from "../../src/pipeline/color-step.ts";
import { evenFrameStep, leastChangeFrameStep } from "../../src/pipeline/frame-steps.ts";
import { toleranceLossyStep } from "../../src/pipeline/lossy-step.ts";

const PARAMETERS = { colors: 32, lossy: 40, frameRatio: 0.5 };

/** One pixel a frame, of these reds. */
function reds(...values: readonly number[]): Animation {
  const frames = values.map((red) => ({ rgba: Uint8ClampedArray.from([red, 0, 0, 255]), delaySeconds: 0.1 }));
  return { width: 1, height: 1, loopCount: 0, frames };
}

function shown(animation: Animation): number[] {
  return animation.frames.map((frame) => frame.rgba[0]!);
}

function delays(animation: Animation): number[] {
  return animation.frames.map((frame) => Math.round(frame.delaySeconds * 10));
}

describe("frame steps", () => {
  it("keeps half the frames at even distances and the whole duration", () => {
    const kept = evenFrameStep.apply(reds(0, 1, 2, 3, 4, 5), PARAMETERS);
    expect(shown(kept)).toEqual([0, 2, 5]);
    expect(delays(kept)).toEqual([2, 3, 1]);
  });

  it("keeps at least one frame and, at ratio 1, all", () => {
    expect(shown(evenFrameStep.apply(reds(7), PARAMETERS))).toEqual([7]);
    expect(shown(leastChangeFrameStep.apply(reds(7, 8), { ...PARAMETERS, frameRatio: 0.1 }))).toEqual([7]);
    expect(shown(evenFrameStep.apply(reds(1, 2, 3), { ...PARAMETERS, frameRatio: 1 }))).toEqual([1, 2, 3]);
  });

  it("drops the frames that change least and leaves their time to the frame before", () => {
    const kept = leastChangeFrameStep.apply(reds(0, 1, 100, 101, 200, 201), PARAMETERS);
    expect(shown(kept)).toEqual([0, 100, 200]);
    expect(delays(kept)).toEqual([2, 2, 2]);
  });
});

describe("quantiseColorStep", () => {
  it("reduces all frames to one palette and keeps transparency", () => {
    const many = reds(...Array.from({ length: 200 }, (_, at) => at));
    const clear = { rgba: new Uint8ClampedArray(4), delaySeconds: 0.1 };
    const reduced = quantiseColorStep.apply({ ...many, frames: [...many.frames, clear] }, PARAMETERS);
    expect(distinctColors(reduced.frames, 256)!.length).toBeLessThanOrEqual(32);
    expect([...reduced.frames.at(-1)!.rgba]).toEqual([0, 0, 0, 0]);
    for (const [at, red] of shown(reduced).slice(0, -1).entries()) expect(Math.abs(red - at)).toBeLessThan(20);
  });

  it("leaves an animation with few colours as it is", () => {
    const few = reds(1, 50, 99);
    expect(shown(quantiseColorStep.apply(few, PARAMETERS))).toEqual([1, 50, 99]);
  });
});

describe("toleranceLossyStep", () => {
  it("keeps a colour until the change from what is shown exceeds the tolerance, so that drifts do not add up", () => {
    // Level 40 tolerates 25.6.
    expect(shown(toleranceLossyStep.apply(reds(0, 20, 25, 26, 40, 60), PARAMETERS))).toEqual([0, 0, 0, 26, 26, 60]);
  });

  it("changes nothing at level 0", () => {
    expect(shown(toleranceLossyStep.apply(reds(0, 1, 2), { ...PARAMETERS, lossy: 0 }))).toEqual([0, 1, 2]);
  });

  it("does not blur where a pixel becomes transparent", () => {
    const gone = { rgba: new Uint8ClampedArray(4), delaySeconds: 0.1 };
    const result = toleranceLossyStep.apply({ ...reds(5), frames: [...reds(5).frames, gone] }, PARAMETERS);
    expect([...result.frames[1]!.rgba]).toEqual([0, 0, 0, 0]);
  });
});
