import { meanConfidenceInterval } from "./confidence-interval.ts";
import { colorHistogram, histogramDistance } from "./frame-difference.ts";
import type { ProgressiveConfig } from "./sampling-config.ts";
import type { SamplingRequest, Selection } from "./sampling-request.ts";

const MIN_INITIAL_RATE = 0.05;
const INCREMENT_RANGE = [0.05, 0.5] as const;

/**
 * Takes more and more frames until the confidence interval of the metric's mean is narrow enough: the metric that is
 * reported, when `measure` gives it, else the difference to the frame before. Frames of each round are spread evenly over
 * those not yet taken; nothing is random.
 */
export function sampleProgressively(request: SamplingRequest, config: ProgressiveConfig): Selection {
  const total = request.frames.length;
  const measure = request.measure ?? differenceToPrevious(request.frames);
  const increment = Math.min(INCREMENT_RANGE[1], Math.max(INCREMENT_RANGE[0], config.incrementRate));
  const taken = new Map<number, number>();
  const take = (index: number): void => {
    if (!taken.has(index)) taken.set(index, measure(index));
  };
  let rate = Math.max(MIN_INITIAL_RATE, config.initialRate);
  let interval: ReturnType<typeof meanConfidenceInterval>;
  let iterations = 0;
  while (iterations < config.maxIterations && width(interval) > config.targetCiWidth && taken.size < total) {
    iterations++;
    const needed = Math.min(total, Math.max(2, Math.floor(total * rate))) - taken.size;
    const left = Array.from({ length: total }, (_, index) => index).filter((index) => !taken.has(index));
    const step = Math.max(1, Math.floor(left.length / Math.max(1, needed)));
    for (let nth = 0; nth < needed; nth++) take(left[nth * step]!);
    interval = meanConfidenceInterval([...taken.values()], request.confidenceLevel);
    rate += increment;
  }
  take(0);
  take(total - 1);
  interval = meanConfidenceInterval([...taken.values()], request.confidenceLevel);
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
