import type { ConfidenceInterval } from "./confidence-interval.ts";

/** What frames are chosen from: a decoded GIF, or anything with frames of RGBA. */
export interface FrameSequence {
  readonly frames: readonly { readonly rgba: Uint8ClampedArray }[];
}

/** What a strategy works with. */
export interface SamplingRequest {
  readonly frames: FrameSequence["frames"];
  readonly confidenceLevel: number;
  /** The metric of one frame whose mean over all frames is wanted; each frame is asked for once at most. */
  readonly measure: ((index: number) => number) | undefined;
}

/** What a strategy chose. */
export interface Selection {
  /** Ascending, each once. */
  readonly indices: readonly number[];
  /** How many frames each of them stands for, itself included; the sum is the number of frames. */
  readonly weights: readonly number[];
  readonly confidenceInterval?: ConfidenceInterval | undefined;
  readonly metadata: Readonly<Record<string, number>>;
}

/** `count` positions spread evenly from 0 to `total - 1`, truncated: both ends included from two on. */
export function evenlySpread(total: number, count: number): number[] {
  if (count >= total) return Array.from({ length: total }, (_, index) => index);
  if (count <= 1) return total > 0 && count === 1 ? [0] : [];
  return Array.from({ length: count }, (_, index) => Math.floor((index * (total - 1)) / (count - 1)));
}
