import { type ConfidenceInterval, meanConfidenceInterval } from "./confidence-interval.ts";
import { colorHistogram, consecutiveDifferences, histogramDistance } from "./frame-difference.ts";
import { FrameLots, seedOf } from "./frame-order.ts";
import { DEFAULT_SAMPLING, type ProgressiveConfig } from "./sampling-config.ts";
import type { SamplingRequest, Selection } from "./sampling-request.ts";
import { sceneStarts } from "./scenes.ts";

const MIN_INITIAL_RATE = 0.05;
const INCREMENT_RANGE = [0.05, 0.5] as const;
/** Drawn frames below which nothing is concluded: fewer too often all miss what is rare. */
const MIN_DRAWN = 16;
/** Share of frames up to which those that begin a scene are taken without lot. */
const MAX_STARTS = 0.1;

/** Takes more and more frames: yields the indices of frames to measure, takes their values, and returns what was chosen. */
export type ProgressiveSteps = Generator<readonly number[], Selection, readonly number[]>;

/** What `progressiveSteps` takes frames of, and how sure it has to be. */
export interface ProgressiveRequest {
  readonly frames: SamplingRequest["frames"];
  readonly confidenceLevel: number;
}

/**
 * How sure one look has to be so that all looks together are as sure as wanted, however many they will be: the share of error
 * 1 / (k (k + 1)) goes to the k-th, which adds up to one. Whoever looks again and again at 95 % will see a narrow interval
 * by chance in the end.
 */
function levelOfLook(look: number, confidenceLevel: number): number {
  return 1 - (1 - confidenceLevel) / (look * (look + 1));
}

/**
 * Takes more and more frames until the confidence interval of the mean of their values is narrow enough, for `maxIterations`
 * rounds; if it still is not, all the rest. First and last frame and those that begin a scene (as they are compressed
 * without the one before, they are like no other) are always taken and stand for themselves; the others are drawn by lot,
 * each standing for as many frames. No frame is asked for twice.
 *
 * The interval holds the mean of all frames with at least the wanted probability, as long as drawn values tell how the others
 * vary: a few frames unlike any that was drawn cannot be known of.
 */
export function* progressiveSteps(
  { frames, confidenceLevel }: ProgressiveRequest,
  config: ProgressiveConfig,
): ProgressiveSteps {
  const total = frames.length;
  const increment = Math.min(INCREMENT_RANGE[1], Math.max(INCREMENT_RANGE[0], config.incrementRate));
  const certain = certainFrames(frames);
  const others = Array.from(frames.keys()).filter((index) => !certain.has(index));
  const lots = new FrameLots(others, seedOf(frames));
  const weights = (indices: readonly number[]): number[] => {
    const drawn = others.length - lots.left;
    return indices.map((index) => (certain.has(index) ? 1 : others.length / drawn));
  };
  const taken = new Map<number, number>();
  const initial = Math.floor(total * Math.max(MIN_INITIAL_RATE, config.initialRate)) - certain.size;
  let interval: ConfidenceInterval | undefined;
  let iterations = 0;
  while (width(interval) > config.targetCiWidth && taken.size < total) {
    const isLast = iterations >= config.maxIterations;
    const isFirst = iterations === 0;
    const wanted = isFirst ? Math.max(MIN_DRAWN, initial) : Math.max(1, Math.floor(total * increment));
    const round = [...(isFirst ? certain : []), ...lots.draw(isLast ? lots.left : wanted)].sort((a, b) => a - b);
    const values = yield round;
    for (const [nth, index] of round.entries()) taken.set(index, values[nth]!);
    if (!isLast) iterations++;
    const level = levelOfLook(iterations, confidenceLevel);
    interval = meanConfidenceInterval([...taken.values()], weights([...taken.keys()]), level);
  }
  const indices = [...taken.keys()].sort((a, b) => a - b);
  const finalWidth = width(interval);
  return {
    indices,
    weights: weights(indices),
    confidenceInterval: interval,
    metadata: {
      iterations,
      targetCiWidth: config.targetCiWidth,
      ...(Number.isFinite(finalWidth) ? { finalCiWidth: finalWidth } : {}),
    },
  };
}

/** The ends, and the frames that begin a scene unless so many do that there is nothing special about them. */
function certainFrames(frames: ProgressiveRequest["frames"]): ReadonlySet<number> {
  const starts = sceneStarts(consecutiveDifferences(frames), DEFAULT_SAMPLING.sceneAware.sceneThreshold);
  return new Set([0, frames.length - 1, ...(starts.length <= MAX_STARTS * frames.length ? starts : [])]);
}

/** Takes frames as `progressiveSteps` says, measuring what `measure` gives, else the difference to the frame before. */
export function sampleProgressively(request: SamplingRequest, config: ProgressiveConfig): Selection {
  const measure = request.measure ?? differenceToPrevious(request.frames);
  const steps = progressiveSteps(request, config);
  let step = steps.next();
  while (step.done !== true) step = steps.next(step.value.map(measure));
  return step.value;
}

function width(interval: ConfidenceInterval | undefined): number {
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
