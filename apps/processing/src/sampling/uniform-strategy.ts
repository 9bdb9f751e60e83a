import { endsAndInside, standFor } from "./frame-weights.ts";
import type { UniformConfig } from "./sampling-config.ts";
import { evenlySpread, type SamplingRequest, type Selection } from "./sampling-request.ts";

/**
 * Evenly spread frames, first and last included: max(2, floor(n x rate)) of n. The ends stand for themselves only (the
 * first is compressed without a frame before it and is like no other), the others for the frames around them.
 */
export function sampleUniformly({ frames }: SamplingRequest, { samplingRate }: UniformConfig): Selection {
  const wanted = Math.max(2, Math.floor(frames.length * samplingRate));
  return {
    ...standFor(evenlySpread(frames.length, wanted), endsAndInside(frames.length)),
    metadata: { samplingRate },
  };
}
