import * as v from "valibot";
import { DEFAULT_SAMPLING, SAMPLING_STRATEGIES } from "../sampling/sampling-config.ts";

const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const whole = (min: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(1000));
const { uniform, adaptive, progressive, sceneAware } = DEFAULT_SAMPLING;

/** `frameSampling`: which frames are looked at when a whole animation is judged. */
export const frameSamplingSection = v.strictObject({
  enabled: v.optional(v.boolean(), DEFAULT_SAMPLING.enabled),
  defaultStrategy: v.optional(v.picklist(SAMPLING_STRATEGIES), DEFAULT_SAMPLING.defaultStrategy),
  /** Animations with fewer frames are looked at whole. */
  minFramesThreshold: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), DEFAULT_SAMPLING.minFramesThreshold),
  confidenceLevel: v.optional(v.picklist([0.9, 0.95, 0.99]), DEFAULT_SAMPLING.confidenceLevel as 0.95),
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
      targetCiWidth: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), progressive.targetCiWidth),
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
