import { quantiseColorStep } from "./color-step.ts";
import {
  DITHERING_STEPS,
  ffmpegColorStep,
  ffmpegFrameStep,
  gifsicleColorStep,
  gifsicleFrameStep,
  gifsicleLossyStep,
} from "./engine-steps.ts";
import { evenFrameStep, leastChangeFrameStep } from "./frame-steps.ts";
import { toleranceLossyStep } from "./lossy-step.ts";
import { makePipeline, type Pipeline } from "./pipeline.ts";
import type { PipelineParameters, PipelineStep } from "./pipeline-step.ts";

/** A named set of pipelines, each with its parameters. Every GIF goes through each of them. */
export interface Preset {
  readonly name: string;
  readonly description: string;
  /** Some may need engines that are not installed: see `runnablePreset`. */
  readonly pipelines: readonly Pipeline[];
}

/** What every preset uses for whatever it does not vary. */
const STANDARD: PipelineParameters = { colors: 32, lossy: 40, frameRatio: 0.5 };

function standard(...steps: readonly PipelineStep[]): Pipeline {
  return makePipeline(steps, STANDARD);
}

/** Each list of steps with each set of values, values outermost: neighbours do the same by different means. */
function sweep(
  values: readonly Partial<PipelineParameters>[],
  ways: readonly (readonly PipelineStep[])[],
): readonly Pipeline[] {
  return values.flatMap((varied) => ways.map((steps) => makePipeline(steps, { ...STANDARD, ...varied })));
}

const FRAME_STEPS = [evenFrameStep, leastChangeFrameStep, gifsicleFrameStep, ffmpegFrameStep];
const COLOR_STEPS = [quantiseColorStep, gifsicleColorStep, ffmpegColorStep];
const LOSSY_STEPS = [toleranceLossyStep, gifsicleLossyStep];

const LIST: readonly Preset[] = [
  {
    name: "quick-test",
    description: "2 ways of dropping every second frame, then 32 colours and lossy level 40: a first look in seconds",
    pipelines: [
      standard(evenFrameStep, quantiseColorStep, toleranceLossyStep),
      standard(leastChangeFrameStep, quantiseColorStep, toleranceLossyStep),
    ],
  },
  {
    name: "frame-focus",
    description: "4 ways of dropping frames, each keeping 80, 50 and 33 % of them; then 32 colours and lossy level 40",
    pipelines: sweep(
      [0.8, 0.5, 0.33].map((frameRatio) => ({ frameRatio })),
      FRAME_STEPS.map((step) => [step, quantiseColorStep, toleranceLossyStep]),
    ),
  },
  {
    name: "color-optimization",
    description: "3 palette makers with 256, 128, 64, 32 and 16 colours, and nothing else",
    pipelines: sweep(
      [256, 128, 64, 32, 16].map((colors) => ({ colors })),
      COLOR_STEPS.map((step) => [step]),
    ),
  },
  {
    name: "dithering-focus",
    description: "32 colours and 8 ways to mix them: what dithering does to size and quality",
    pipelines: [...COLOR_STEPS, ...DITHERING_STEPS].map((step) => standard(step)),
  },
  {
    name: "lossy-quality-sweep",
    description: "2 ways of lossy compression at levels 0, 20, 40, 60, 80 and 100, and nothing else",
    pipelines: sweep(
      [0, 20, 40, 60, 80, 100].map((lossy) => ({ lossy })),
      LOSSY_STEPS.map((step) => [step]),
    ),
  },
  {
    name: "tool-comparison-baseline",
    description: "half the frames, 32 colours and lossy level 40 by each tool; ffmpeg has no lossy step of its own",
    pipelines: [
      standard(evenFrameStep, quantiseColorStep, toleranceLossyStep),
      standard(gifsicleFrameStep, gifsicleColorStep, gifsicleLossyStep),
      standard(ffmpegFrameStep, ffmpegColorStep),
      standard(ffmpegFrameStep, ffmpegColorStep, gifsicleLossyStep),
    ],
  },
  {
    name: "full-factorial",
    description: "every combination of 4 ways to drop half the frames, 3 palette makers and 2 lossy steps",
    pipelines: FRAME_STEPS.flatMap((frame) =>
      COLOR_STEPS.flatMap((color) => LOSSY_STEPS.map((lossy) => standard(frame, color, lossy))),
    ),
  },
];

/** All presets, by name; the first is the default and needs no external engine. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  LIST.map((preset): [string, Preset] => [preset.name, preset]),
);

const BY_ID: ReadonlyMap<string, Pipeline> = new Map(
  LIST.flatMap(({ pipelines }) => pipelines.map((pipeline): [string, Pipeline] => [pipeline.id, pipeline])),
);

/** The pipeline with this id in any preset: how another thread, which cannot be handed one, gets it. */
export function findPipeline(id: string): Pipeline | undefined {
  return BY_ID.get(id);
}
