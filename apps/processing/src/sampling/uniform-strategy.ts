import type { UniformConfig } from "./sampling-config.ts";
import { evenlySpread, type SamplingRequest, type Selection } from "./sampling-request.ts";

/** Evenly spread frames, first and last included: max(2, floor(n x rate)) of n. */
export function sampleUniformly({ frames }: SamplingRequest, { samplingRate }: UniformConfig): Selection {
  const wanted = Math.max(2, Math.floor(frames.length * samplingRate));
  return { indices: evenlySpread(frames.length, wanted), metadata: { samplingRate } };
}
