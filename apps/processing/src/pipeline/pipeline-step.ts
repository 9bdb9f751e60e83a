import type { EngineTask } from "../engines/engine-task.ts";
import type { BuiltInEngine } from "../engines/engine-version.ts";
import type { ExternalEngineName } from "../engines/external-engine.ts";
import type { Animation } from "./animation.ts";

/** What a pipeline runs with. A step takes what belongs to its slot. */
export interface PipelineParameters {
  /** Most colours, 2 to 256. */
  readonly colors: number;
  /** Lossy level in per cent, 0 (nothing is lost) to 100. */
  readonly lossy: number;
  /** Part of the frames that is kept, above 0 to 1. */
  readonly frameRatio: number;
}

/** What a step works on; a pipeline goes frame, color, lossy. */
export type StepSlot = "frame" | "color" | "lossy";

interface StepIdentity {
  readonly slot: StepSlot;
  /** `<how>-<slot>`, or `<how>-<slot>-<variant>`: part of the pipeline's identity. */
  readonly name: string;
  readonly description: string;
}

/** A step inside this process: takes an animation and returns a smaller one. */
export interface FramesStep extends StepIdentity {
  readonly kind: "frames";
  readonly engine: BuiltInEngine;
  apply(animation: Animation, parameters: PipelineParameters): Animation;
}

/** A step that another program takes, from a GIF file to a GIF file. */
export interface FileStep extends StepIdentity {
  readonly kind: "file";
  readonly engine: ExternalEngineName;
  task(parameters: PipelineParameters): EngineTask;
}

export type PipelineStep = FramesStep | FileStep;
