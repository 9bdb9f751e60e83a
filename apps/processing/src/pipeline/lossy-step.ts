import type { GifFrame } from "../gif/decoded-gif.ts";
import type { FramesStep } from "./pipeline-step.ts";

/** Distance in RGB (0 to 441) that level 100 takes for no change. */
const FULL_LEVEL_DISTANCE = 64;

/**
 * Leaves a pixel as it was on screen when its new colour is within a tolerance of it: what does not change is not stored.
 * The comparison is with what is shown, not with the frame before, so small drifts cannot add up beyond the tolerance.
 * Level 40 tolerates a distance of 25.6.
 */
export const toleranceLossyStep: FramesStep = {
  kind: "frames",
  slot: "lossy",
  name: "tolerance-lossy",
  engine: "built-in",
  description: "pixels that change less than the tolerance keep their colour",
  apply: (animation, { lossy }) => {
    const tolerance = (FULL_LEVEL_DISTANCE * (lossy / 100)) ** 2;
    let shown: Uint8ClampedArray | undefined;
    const frames = animation.frames.map((frame): GifFrame => {
      if (shown === undefined || tolerance === 0) {
        shown = frame.rgba;
        return frame;
      }
      const rgba = new Uint8ClampedArray(frame.rgba);
      for (let at = 0; at < rgba.length; at += 4) {
        if (rgba[at + 3] !== shown[at + 3]) continue;
        const red = rgba[at]! - shown[at]!;
        const green = rgba[at + 1]! - shown[at + 1]!;
        const blue = rgba[at + 2]! - shown[at + 2]!;
        if (red * red + green * green + blue * blue > tolerance) continue;
        rgba[at] = shown[at]!;
        rgba[at + 1] = shown[at + 1]!;
        rgba[at + 2] = shown[at + 2]!;
      }
      shown = rgba;
      return { rgba, delaySeconds: frame.delaySeconds };
    });
    return { ...animation, frames };
  },
};
