import * as v from "valibot";
import { DEFAULT_SAMPLING, SAMPLING_STRATEGIES } from "../sampling/sampling-config.ts";

const ratio = number(0, 1);
const whole = (low: number) => {
  const message = `must be a whole number from ${low} to 1000`;
  return v.pipe(
    v.number(message),
    v.check((value) => Number.isInteger(value) && value >= low && value <= 1000, message),
  );
};

function number(low: number, high: number) {
  const message = `must be a number from ${low} to ${high}`;
  return v.pipe(
    v.number(message),
    v.check((value) => value >= low && value <= high, message),
  );
}

const strategy = v.picklist(SAMPLING_STRATEGIES, `must be one of ${SAMPLING_STRATEGIES.join(", ")}`);
const level = v.picklist([0.9, 0.95, 0.99], "must be 0.9, 0.95 or 0.99");
const { uniform, adaptive, progressive, sceneAware } = DEFAULT_SAMPLING;

/** `frameSampling`: which frames are looked at when a whole animation is judged. */
export const frameSamplingSection = v.strictObject({
  enabled: v.optional(v.boolean("must be true or false"), DEFAULT_SAMPLING.enabled),
  defaultStrategy: v.optional(strategy, DEFAULT_SAMPLING.defaultStrategy),
  /** Animations with fewer frames are looked at whole. */
  minFramesThreshold: v.optional(whole(0), DEFAULT_SAMPLING.minFramesThreshold),
  confidenceLevel: v.optional(level, DEFAULT_SAMPLING.confidenceLevel as 0.95),
  uniform: v.optional(v.strictObject({ samplingRate: v.optional(ratio, uniform.samplingRate) }), {}),
  adaptive: v.optional(
    v.strictObject({
      baseRate: v.optional(ratio, adaptive.baseRate),
      maxRate: v.optional(ratio, adaptive.maxRate),
      motionThreshold: v.optional(ratio, adaptive.motionThreshold),
    }),
    {},
  ),
  progressive: v.optional(
    v.strictObject({
      initialRate: v.optional(ratio, progressive.initialRate),
      incrementRate: v.optional(ratio, progressive.incrementRate),
      maxIterations: v.optional(whole(1), progressive.maxIterations),
      targetCiWidth: v.optional(number(0, 1_000_000), progressive.targetCiWidth),
    }),
    {},
  ),
  sceneAware: v.optional(
    v.strictObject({
      sceneThreshold: v.optional(ratio, sceneAware.sceneThreshold),
      boundaryWindow: v.optional(whole(0), sceneAware.boundaryWindow),
      minSceneSamples: v.optional(whole(1), sceneAware.minSceneSamples),
      baseRate: v.optional(ratio, sceneAware.baseRate),
    }),
    {},
  ),
});

export type FrameSamplingSection = v.InferOutput<typeof frameSamplingSection>;
