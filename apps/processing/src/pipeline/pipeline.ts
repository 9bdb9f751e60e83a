import type { PipelineStep } from "./pipeline-step.ts";

/** Steps in the order they are applied: frame, color, lossy. */
export interface Pipeline {
  /** The steps' names joined: `even-frame_quantise-color_tolerance-lossy`. */
  readonly id: string;
  readonly steps: readonly PipelineStep[];
}

/** A pipeline of these steps, named by them. */
export function pipeline(...steps: readonly PipelineStep[]): Pipeline {
  return { id: steps.map((step) => step.name).join("_"), steps };
}
