import { meanConfidenceInterval } from "./confidence-interval.ts";
import { colorHistogram, histogramDistance } from "./frame-difference.ts";
import type { ProgressiveConfig } from "./sampling-config.ts";
import type { SamplingRequest, Selection } from "./sampling-request.ts";

const MIN_INITIAL_RATE = 0.05;
const INCREMENT_RANGE = [0.05, 0.5] as const;

/** Takes more and more frames: yields the indices of frames to measure, takes their values, and returns what was chosen. */
export type ProgressiveSteps = Generator<readonly number[], Selection, readonly number[]>;

/**
 * Takes more and more of `total` frames until the confidence interval of the mean of their values is narrow enough. Frames
 * of each round are spread evenly over those not yet taken; nothing is random. No frame is asked for twice.
 */
export function* progressiveSteps(total: number, confidenceLevel: number, config: ProgressiveConfig): ProgressiveSteps {
  const increment = Math.min(INCREMENT_RANGE[1], Math.max(INCREMENT_RANGE[0], config.incrementRate));
  const taken = new Map<number, number>();
  let rate = Math.max(MIN_INITIAL_RATE, config.initialRate);
  let interval: ReturnType<typeof meanConfidenceInterval>;
  let iterations = 0;
  while (iterations < config.maxIterations && width(interval) > config.targetCiWidth && taken.size < total) {
    iterations++;
    const needed = Math.min(total, Math.max(2, Math.floor(total * rate))) - taken.size;
    const left = Array.from({ length: total }, (_, index) => index).filter((index) => !taken.has(index));
    const step = Math.max(1, Math.floor(left.length / Math.max(1, needed)));
    const round = Array.from({ length: Math.max(0, needed) }, (_, nth) => left[nth * step]!);
    const values = yield round;
    for (const [nth, index] of round.entries()) taken.set(index, values[nth]!);
    interval = meanConfidenceInterval([...taken.values()], confidenceLevel);
    rate += increment;
  }
  const ends = [...new Set([0, total - 1])].filter((end) => !taken.has(end));
  const values = yield ends;
  for (const [nth, end] of ends.entries()) taken.set(end, values[nth]!);
  interval = meanConfidenceInterval([...taken.values()], confidenceLevel);
  const finalWidth = width(interval);
  return {
    indices: [...taken.keys()],
    confidenceInterval: interval,
    metadata: {
      iterations,
      targetCiWidth: config.targetCiWidth,
      ...(Number.isFinite(finalWidth) ? { finalCiWidth: finalWidth } : {}),
    },
  };
}

/** Takes frames as `progressiveSteps` says, measuring what `measure` gives, else the difference to the frame before. */
export function sampleProgressively(request: SamplingRequest, config: ProgressiveConfig): Selection {
  const measure = request.measure ?? differenceToPrevious(request.frames);
  const steps = progressiveSteps(request.frames.length, request.confidenceLevel, config);
  let step = steps.next();
  while (step.done !== true) step = steps.next(step.value.map(measure));
  return step.value;
}

function width(interval: { readonly lower: number; readonly upper: number } | undefined): number {
  return interval === undefined ? Number.POSITIVE_INFINITY : interval.upper - interval.lower;
}

function differenceToPrevious(frames: SamplingRequest["frames"]): (index: number) => number {
  const histograms = new Map<number, Uint32Array>();
  const histogram = (index: number): Uint32Array => {
    let known = histograms.get(index);
    if (known === undefined) {
      known = colorHistogram(frames[index]!.rgba);
      histograms.set(index, known);
    }
    return known;
  };
  return (index) => (index === 0 ? 0 : histogramDistance(histogram(index - 1), histogram(index)));
}
