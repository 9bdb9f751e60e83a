import type { EngineTask } from "../engines/engine-task.ts";
import type { ExternalEngineName } from "../engines/external-engine.ts";
import type { FileStep } from "./pipeline-step.ts";

function frameStep(engine: ExternalEngineName): FileStep {
  return {
    kind: "file",
    slot: "frame",
    name: `${engine}-frame`,
    engine,
    description: `keeps evenly spaced frames, by ${engine}`,
    task: ({ frameRatio }) => ({ frameRatio }),
  };
}

function colorStep(engine: ExternalEngineName, variant?: { name: string; dither: string }): FileStep {
  const mixing = variant === undefined ? "as it does unless told otherwise" : `dithering ${variant.name}`;
  return {
    kind: "file",
    slot: "color",
    name: variant === undefined ? `${engine}-color` : `${engine}-color-${variant.name}`,
    engine,
    description: `one palette for all frames, by ${engine}, ${mixing}`,
    task: ({ colors }): EngineTask => ({ colors, ...(variant && { dither: variant.dither }) }),
  };
}

export const gifsicleFrameStep = frameStep("gifsicle");
export const ffmpegFrameStep = frameStep("ffmpeg");

/** gifsicle's own palette; it does not dither unless told to. */
export const gifsicleColorStep = colorStep("gifsicle");
/** ffmpeg's palettegen and paletteuse; it dithers by "sierra2_4a" unless told otherwise. */
export const ffmpegColorStep = colorStep("ffmpeg");

/** The ways in which gifsicle and ffmpeg mix colours, beside what each does by itself. */
export const DITHERING_STEPS: readonly FileStep[] = [
  colorStep("gifsicle", { name: "floyd-steinberg", dither: "floyd-steinberg" }),
  colorStep("gifsicle", { name: "ordered", dither: "ordered" }),
  colorStep("ffmpeg", { name: "none", dither: "none" }),
  colorStep("ffmpeg", { name: "floyd-steinberg", dither: "floyd_steinberg" }),
  colorStep("ffmpeg", { name: "bayer", dither: "bayer" }),
];

/** gifsicle's `--lossy`: pixels change so that they pack better; level 40 is `--lossy=120`. */
export const gifsicleLossyStep: FileStep = {
  kind: "file",
  slot: "lossy",
  name: "gifsicle-lossy",
  engine: "gifsicle",
  description: "pixels change so that they pack better, by gifsicle",
  task: ({ lossy }) => ({ lossy }),
};
