import { buildPalette, NearestColor } from "../gif/palette.ts";
import type { FramesStep } from "./pipeline-step.ts";

/** Reduces all frames to one palette chosen by gifenc; an animation with no more colours stays as it is. */
export const quantiseColorStep: FramesStep = {
  kind: "frames",
  slot: "color",
  name: "quantise-color",
  engine: "gifenc",
  description: "one palette for all frames, nearest colours, no dithering",
  apply: (animation, { colors }) => {
    const palette = buildPalette(animation.frames, colors);
    const nearest = new NearestColor(palette);
    const frames = animation.frames.map(({ rgba, delaySeconds }) => {
      const reduced = new Uint8ClampedArray(rgba.length);
      for (let at = 0; at < rgba.length; at += 4) {
        if (rgba[at + 3]! < 128) continue;
        const color = palette[nearest.index(rgba[at]!, rgba[at + 1]!, rgba[at + 2]!)]!;
        reduced[at] = color[0];
        reduced[at + 1] = color[1];
        reduced[at + 2] = color[2];
        reduced[at + 3] = 255;
      }
      return { rgba: reduced, delaySeconds };
    });
    return { ...animation, frames };
  },
};
