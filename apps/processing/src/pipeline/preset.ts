import { quantiseColorStep } from "./color-step.ts";
import { evenFrameStep, leastChangeFrameStep } from "./frame-steps.ts";
import { toleranceLossyStep } from "./lossy-step.ts";
import { type Pipeline, pipeline } from "./pipeline.ts";
import type { PipelineParameters } from "./pipeline-step.ts";

/** A named set of pipelines and the parameters they run with. Every GIF goes through each of them. */
export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly pipelines: readonly Pipeline[];
  readonly parameters: PipelineParameters;
}

/** All presets, by name. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  [
    {
      name: "quick-test",
      description: "2 ways of dropping every second frame, then 32 colours and lossy level 40: a first look in seconds",
      pipelines: [
        pipeline(evenFrameStep, quantiseColorStep, toleranceLossyStep),
        pipeline(leastChangeFrameStep, quantiseColorStep, toleranceLossyStep),
      ],
      parameters: { colors: 32, lossy: 40, frameRatio: 0.5 },
    },
  ].map((preset): [string, Preset] => [preset.name, preset]),
);
