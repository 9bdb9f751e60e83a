import type { BuiltInEngine } from "../engines/engine-version.ts";
import type { Animation } from "./animation.ts";

/** What a preset sets for all its pipelines. */
export interface PipelineParameters {
  /** Most colours, 2 to 256. */
  readonly colors: number;
  /** Lossy level in per cent, 0 (nothing is lost) to 100. */
  readonly lossy: number;
  /** Part of the frames that is kept, above 0 to 1. */
  readonly frameRatio: number;
}

/** One step of a pipeline: takes an animation and returns a smaller one. */
export interface PipelineStep {
  /** What it works on; a pipeline goes frame, color, lossy. */
  readonly slot: "frame" | "color" | "lossy";
  /** `<how>-<slot>`: part of the pipeline's identity. */
  readonly name: string;
  /** Who does it. */
  readonly engine: BuiltInEngine;
  readonly description: string;
  apply(animation: Animation, parameters: PipelineParameters): Animation;
}
