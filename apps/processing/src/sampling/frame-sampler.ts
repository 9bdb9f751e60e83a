import { sampleAdaptively } from "./adaptive-strategy.ts";
import { type ConfidenceInterval, meanConfidenceInterval, weightedMean } from "./confidence-interval.ts";
import { progressiveSteps, sampleProgressively } from "./progressive-strategy.ts";
import { publishSampling } from "./sampling-channel.ts";
import {
  type FrameSamplingConfig,
  type ResolvedSamplingConfig,
  resolveSamplingConfig,
  type SamplingStrategy,
} from "./sampling-config.ts";
import type { FrameSequence, SamplingRequest, Selection } from "./sampling-request.ts";
import { sampleByScene } from "./scene-aware-strategy.ts";
import { sampleUniformly } from "./uniform-strategy.ts";
import { workInLanes } from "./work-in-lanes.ts";

export interface SampleOptions {
  /** Default: the configured one. */
  readonly strategy?: SamplingStrategy;
  /** The metric of one frame whose mean is wanted: `progressive` takes frames until that is known well enough. */
  readonly measure?: (index: number) => number;
}

/** Options of `FrameSampler.process`. */
export interface ProcessOptions<T> extends SampleOptions {
  /**
   * The number in a result whose mean over all frames is wanted: `progressive` works on frames until that mean is known
   * well enough, and every strategy that left frames out gets a confidence interval of it.
   */
  readonly value?: (result: T) => number;
  /** How many of the given number of frames are worked on at once, when `work` waits for others; default 1. */
  readonly concurrency?: (frames: number) => number;
}

/** Which frames to look at. */
export interface SamplingResult {
  /** Ascending, each once. */
  readonly indices: readonly number[];
  /**
   * How many frames each of them stands for, itself included; the sum is `totalFrames`. A mean over the animation is
   * weighted with these: strategies look at some parts more closely than at others.
   */
  readonly weights: readonly number[];
  readonly totalFrames: number;
  /** Share of the frames that is looked at, 0 to 1. */
  readonly samplingRate: number;
  /** The strategy; with " (full)" appended when all frames are taken because there are few or sampling is off. */
  readonly strategyUsed: string;
  readonly confidenceLevel: number;
  /** Of the mean of the measured metric; strategies that do not measure have none. */
  readonly confidenceInterval: ConfidenceInterval | undefined;
  readonly metadata: Readonly<Record<string, number>>;
  /** Time taken to choose. */
  readonly seconds: number;
}

/** The work on the sampled frames, and what came of it. */
export interface SampledWork<T> {
  readonly selection: SamplingResult;
  /** One per index, in order. */
  readonly results: readonly T[];
  /** Of `value` over the animation: each result counts for the frames it stands for. Absent without `value`. */
  readonly mean?: number;
  /** Estimated time for all frames (from the time per frame) divided by the time taken, choosing included. */
  readonly speedupFactor: number;
}

const MAX_ESTIMATED_SPEEDUP = 10;

/** Chooses the frames that stand for a whole animation: the same animation always gives the same frames. */
export class FrameSampler {
  readonly config: ResolvedSamplingConfig;
  readonly #monotonic: () => number;

  /**
   * @param monotonic seconds, for measuring
   * @throws RangeError for a configuration that makes no sense
   */
  constructor(config: FrameSamplingConfig = {}, monotonic: () => number = () => performance.now() / 1000) {
    this.config = resolveSamplingConfig(config);
    this.#monotonic = monotonic;
  }

  /**
   * Chooses frames and says so on `giflab:sampling`, with the speed-up estimated as frames over frames chosen (at most 10;
   * none when all are taken). An animation below `minFramesThreshold` frames is taken whole.
   */
  sample(sequence: FrameSequence, options: SampleOptions = {}): SamplingResult {
    const result = this.#choose(sequence, options);
    const estimate = Math.min(MAX_ESTIMATED_SPEEDUP, result.totalFrames / Math.max(1, result.indices.length));
    this.#publish(result, estimate);
    return result;
  }

  /**
   * Chooses frames, works on them in order (one after the other unless `concurrency` says otherwise), and says so on
   * `giflab:sampling` with the measured speed-up (none when all are taken).
   * Rejects with what `work` throws.
   */
  async process<T>(
    sequence: FrameSequence,
    work: (index: number) => T | Promise<T>,
    options: ProcessOptions<T> = {},
  ): Promise<SampledWork<T>> {
    const began = this.#monotonic();
    const done = new Map<number, T>();
    let workSeconds = 0;
    const perform = async (indices: readonly number[]): Promise<void> => {
      const workBegan = this.#monotonic();
      await workInLanes(indices, options.concurrency?.(indices.length) ?? 1, async (index) => {
        done.set(index, await work(index));
      });
      workSeconds += this.#monotonic() - workBegan;
    };
    const measure = async (indices: readonly number[]): Promise<readonly T[]> => {
      await perform(indices);
      return indices.map((index) => done.get(index)!);
    };
    const chosen = await this.#chooseByWork(sequence, measure, options);
    await perform(chosen.indices.filter((index) => !done.has(index)));
    const results = chosen.indices.map((index) => done.get(index)!);
    const values = options.value === undefined ? undefined : results.map(options.value);
    const selection = {
      ...chosen,
      confidenceInterval: chosen.confidenceInterval ?? this.#interval(chosen, values),
      seconds: this.#monotonic() - began - workSeconds,
    };
    const speedupFactor = speedup(selection, workSeconds);
    this.#publish(selection, speedupFactor);
    const mean = values === undefined || values.length === 0 ? {} : { mean: weightedMean(values, selection.weights) };
    return { selection, results, speedupFactor, ...mean };
  }

  /** Chooses frames; with `progressive` and `value`, by working on them and looking at what came of it. */
  async #chooseByWork<T>(
    sequence: FrameSequence,
    measure: (indices: readonly number[]) => Promise<readonly T[]>,
    options: ProcessOptions<T>,
  ): Promise<SamplingResult> {
    const strategy = options.strategy ?? this.config.defaultStrategy;
    const total = sequence.frames.length;
    const { value } = options;
    const isMeasured = options.measure !== undefined;
    if (strategy !== "progressive" || value === undefined || isMeasured || this.#takesAll(strategy, total)) {
      return this.#choose(sequence, options);
    }
    const { confidenceLevel, progressive } = this.config;
    const steps = progressiveSteps({ frames: sequence.frames, confidenceLevel }, progressive);
    let step = steps.next();
    while (step.done !== true) step = steps.next((await measure(step.value)).map(value));
    return this.#result(step.value, total, { strategyUsed: strategy, seconds: 0 });
  }

  /** Of the mean of the results' values; none when all frames were taken, as nothing is left to guess then. */
  #interval(
    { indices, weights, totalFrames }: SamplingResult,
    values: readonly number[] | undefined,
  ): ConfidenceInterval | undefined {
    if (values === undefined || indices.length === totalFrames) return undefined;
    return meanConfidenceInterval(values, weights, this.config.confidenceLevel);
  }

  #choose({ frames }: FrameSequence, options: SampleOptions): SamplingResult {
    const began = this.#monotonic();
    const strategy = options.strategy ?? this.config.defaultStrategy;
    const total = frames.length;
    const { confidenceLevel } = this.config;
    const request: SamplingRequest = { frames, confidenceLevel, measure: options.measure };
    // `full` is among those that take all; the comparison narrows the type.
    const takesAll = strategy === "full" || this.#takesAll(strategy, total);
    const selection = takesAll ? allFrames(total) : this.#select(strategy, request);
    return this.#result(selection, total, {
      strategyUsed: takesAll && strategy !== "full" ? `${strategy} (full)` : strategy,
      seconds: this.#monotonic() - began,
    });
  }

  #takesAll(strategy: SamplingStrategy, total: number): boolean {
    return strategy === "full" || !this.config.enabled || total < Math.max(2, this.config.minFramesThreshold);
  }

  #result(
    selection: Selection,
    totalFrames: number,
    more: { readonly strategyUsed: string; readonly seconds: number },
  ): SamplingResult {
    const { indices, weights } = selection;
    return {
      indices,
      weights,
      totalFrames,
      samplingRate: totalFrames === 0 ? 1 : indices.length / totalFrames,
      confidenceLevel: this.config.confidenceLevel,
      confidenceInterval: selection.confidenceInterval,
      metadata: selection.metadata,
      ...more,
    };
  }

  #select(strategy: Exclude<SamplingStrategy, "full">, request: SamplingRequest): Selection {
    switch (strategy) {
      case "uniform":
        return sampleUniformly(request, this.config.uniform);
      case "adaptive":
        return sampleAdaptively(request, this.config.adaptive);
      case "progressive":
        return sampleProgressively(request, this.config.progressive);
      case "scene_aware":
        return sampleByScene(request, this.config.sceneAware);
    }
  }

  #publish(result: SamplingResult, speedupFactor: number): void {
    const interval = result.confidenceInterval;
    const sampled = result.indices.length < result.totalFrames;
    publishSampling({
      strategy: result.strategyUsed,
      framesTotal: result.totalFrames,
      framesSampled: result.indices.length,
      seconds: result.seconds,
      ...(sampled ? { speedupFactor } : {}),
      ...(interval === undefined ? {} : { confidenceIntervalWidth: interval.upper - interval.lower }),
    });
  }
}

/** A sampler as configured in `frameSampling`. */
export function createSampler(config: FrameSamplingConfig = {}): FrameSampler {
  return new FrameSampler(config);
}

function allFrames(count: number): Selection {
  return {
    indices: Array.from({ length: count }, (_, index) => index),
    weights: Array.from({ length: count }, () => 1),
    metadata: {},
  };
}

function speedup(selection: SamplingResult, workSeconds: number): number {
  const sampled = selection.indices.length;
  const taken = selection.seconds + workSeconds;
  if (sampled === 0 || taken <= 0) return 1;
  // Without sampling nothing is chosen either.
  if (sampled === selection.totalFrames) return 1;
  return ((workSeconds / sampled) * selection.totalFrames) / taken;
}
