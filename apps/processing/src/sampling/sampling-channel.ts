import { channel } from "node:diagnostics_channel";

/** What a sampler says it did, on the `node:diagnostics_channel` named `giflab:sampling`. */
export interface SamplingMessage {
  readonly strategy: string;
  readonly framesTotal: number;
  readonly framesSampled: number;
  readonly confidenceIntervalWidth?: number;
  /** Time taken to choose the frames. */
  readonly seconds: number;
  /** How many times faster than working on all frames. */
  readonly speedupFactor?: number;
}

const samplingChannel = channel("giflab:sampling");

/** Tells whoever listens. */
export function publishSampling(message: SamplingMessage): void {
  if (samplingChannel.hasSubscribers) samplingChannel.publish(message);
}
