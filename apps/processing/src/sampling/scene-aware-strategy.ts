import { consecutiveDifferences } from "./frame-difference.ts";
import type { SceneAwareConfig } from "./sampling-config.ts";
import { evenlySpread, type SamplingRequest, type Selection } from "./sampling-request.ts";

/**
 * Cuts the animation into scenes where a frame differs from the one before by more than the threshold, and takes of each
 * scene its ends (`boundaryWindow` frames at each) and evenly spread frames inside: `baseRate` of its length, and at least
 * `minSceneSamples`.
 */
export function sampleByScene({ frames }: SamplingRequest, config: SceneAwareConfig): Selection {
  const differences = consecutiveDifferences(frames);
  const starts = [0, ...differences.flatMap((difference, at) => (difference > config.sceneThreshold ? [at + 1] : []))];
  const indices: number[] = [];
  starts.forEach((start, scene) => {
    const length = (starts[scene + 1] ?? frames.length) - start;
    indices.push(start, start + length - 1);
    const window = Math.min(config.boundaryWindow, Math.floor(length / 2));
    for (let offset = 1; offset < window; offset++) indices.push(start + offset, start + length - 1 - offset);
    const wanted = Math.min(length, Math.max(config.minSceneSamples, Math.floor(length * config.baseRate)));
    for (const position of evenlySpread(length, wanted)) indices.push(start + position);
  });
  return { indices, metadata: { scenes: starts.length } };
}
