import { consecutiveDifferences } from "./frame-difference.ts";
import type { AdaptiveConfig } from "./sampling-config.ts";
import type { SamplingRequest, Selection } from "./sampling-request.ts";

const MIN_BASE_RATE = 0.1;

/**
 * More frames where much moves. Each frame brings its rate: `maxRate` when it differs from the one before by more than
 * mean + standard deviation, halfway when by more than the mean, else `baseRate`. Rates are added up, and a frame is taken
 * whenever the sum passes a whole number: the same GIF always gives the same frames. First and last are always taken.
 */
export function sampleAdaptively({ frames }: SamplingRequest, config: AdaptiveConfig): Selection {
  const differences = consecutiveDifferences(frames);
  const mean = differences.reduce((sum, value) => sum + value, 0) / Math.max(1, differences.length);
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, differences.length);
  const deviation = Math.sqrt(variance);
  const baseRate = Math.max(MIN_BASE_RATE, config.baseRate);
  const maxRate = Math.max(baseRate, config.maxRate);
  const indices = [0];
  let highMotionFrames = 0;
  let due = 0;
  differences.forEach((difference, position) => {
    let rate = baseRate;
    if (difference > mean + deviation && difference > config.motionThreshold) {
      rate = maxRate;
      highMotionFrames++;
    } else if (difference > mean) rate = (baseRate + maxRate) / 2;
    due += rate;
    // Sums of tenths miss a whole number by their last bits.
    if (due >= 1 - 1e-9) {
      due -= 1;
      indices.push(position + 1);
    }
  });
  indices.push(frames.length - 1);
  return {
    indices,
    metadata: { motionIntensity: mean, highMotionFrames, meanDifference: mean, standardDeviation: deviation },
  };
}
