import { framesKept } from "../engines/frame-plan.ts";
import type { GifFrame } from "../gif/decoded-gif.ts";
import { selectFrames } from "../gif/select-frames.ts";
import type { Animation } from "./animation.ts";
import type { FramesStep } from "./pipeline-step.ts";

/** Keeps the frames at `positions` (ascending, from 0): each stays on screen until the next one kept, so nothing gets faster. */
function keepAt(animation: Animation, positions: readonly number[]): Animation {
  const frames = positions.map((position, at): GifFrame => {
    const end = positions[at + 1] ?? animation.frames.length;
    const shown = animation.frames.slice(position, end).reduce((sum, frame) => sum + frame.delaySeconds, 0);
    return { rgba: animation.frames[position]!.rgba, delaySeconds: shown };
  });
  return { ...animation, frames };
}

/** Keeps frames at even distances, first and last included. */
export const evenFrameStep: FramesStep = {
  kind: "frames",
  slot: "frame",
  name: "even-frame",
  engine: "built-in",
  description: "keeps evenly spaced frames",
  apply: (animation, { frameRatio }) =>
    keepAt(animation, selectFrames(animation.frames.length, framesKept(animation.frames.length, frameRatio))),
};

/** Mean absolute difference of two frames' bytes, on every 4th pixel: ranking needs no more. */
function change(before: Uint8ClampedArray, after: Uint8ClampedArray): number {
  let sum = 0;
  for (let at = 0; at < after.length; at += 16) {
    for (let channel = 0; channel < 4; channel++) sum += Math.abs(after[at + channel]! - before[at + channel]!);
  }
  return sum / after.length;
}

/** Drops the frames that differ least from the one before; the first always stays. */
export const leastChangeFrameStep: FramesStep = {
  kind: "frames",
  slot: "frame",
  name: "least-change-frame",
  engine: "built-in",
  description: "drops the frames that differ least from the one before",
  apply: (animation, { frameRatio }) => {
    const { frames } = animation;
    const ranked = frames
      .map((frame, at) => ({ at, by: at === 0 ? Number.POSITIVE_INFINITY : change(frames[at - 1]!.rgba, frame.rgba) }))
      .sort((a, b) => b.by - a.by || a.at - b.at);
    const kept = ranked.slice(0, framesKept(frames.length, frameRatio)).map(({ at }) => at);
    return keepAt(
      animation,
      kept.sort((a, b) => a - b),
    );
  },
};
