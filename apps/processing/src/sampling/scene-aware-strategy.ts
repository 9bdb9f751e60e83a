import { consecutiveDifferences } from "./frame-difference.ts";
import { END, type FrameKind, standFor } from "./frame-weights.ts";
import type { SceneAwareConfig } from "./sampling-config.ts";
import { evenlySpread, type SamplingRequest, type Selection } from "./sampling-request.ts";
import { sceneStarts } from "./scenes.ts";

/**
 * Cuts the animation into scenes where a frame differs from the one before by more than the threshold, and takes of each
 * scene its ends (`boundaryWindow` frames at each) and evenly spread frames inside: `baseRate` of its length, and at least
 * `minSceneSamples`. Each frame stands for those around it within its scene; the first and last of a scene for themselves.
 */
export function sampleByScene({ frames }: SamplingRequest, config: SceneAwareConfig): Selection {
  const starts = sceneStarts(consecutiveDifferences(frames), config.sceneThreshold);
  const chosen: number[] = [];
  const kinds: FrameKind[] = [];
  starts.forEach((start, scene) => {
    const length = (starts[scene + 1] ?? frames.length) - start;
    const last = start + length - 1;
    for (let at = start; at <= last; at++) kinds.push({ scene, role: at === start || at === last ? END : "inside" });
    chosen.push(start, last);
    const window = Math.min(config.boundaryWindow, Math.floor(length / 2));
    for (let offset = 1; offset < window; offset++) chosen.push(start + offset, last - offset);
    const wanted = Math.min(length, Math.max(config.minSceneSamples, Math.floor(length * config.baseRate)));
    for (const position of evenlySpread(length, wanted)) chosen.push(start + position);
  });
  return { ...standFor(chosen, kinds), metadata: { scenes: starts.length } };
}
