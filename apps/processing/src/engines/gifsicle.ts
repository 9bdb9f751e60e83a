import type { GifStructure, ImageDescriptor } from "../gif/scan-gif.ts";
import type { EngineTask } from "./engine-task.ts";
import type { ExternalEngine } from "./external-engine.ts";
import { planFrames } from "./frame-plan.ts";

/** gifsicle's lossiness is open-ended; a level of 100 per cent is 300. */
const LOSSINESS_PER_PERCENT = 3;
const STANDARD_INPUT = "-";
const OPTIMISE = "-O2";
const GLOBAL_PALETTE_OFFSET = 13;

/** An image that shows the same whatever was there before. */
function standsAlone(image: ImageDescriptor, { width, height }: GifStructure): boolean {
  const { left, top, transparentIndex } = image;
  return left === 0 && top === 0 && image.width === width && image.height === height && transparentIndex < 0;
}

function leavesScreen({ images, width, height }: GifStructure): boolean {
  return images.some((image) => image.left + image.width > width || image.top + image.height > height);
}

function colorArgs({ colors, dither }: EngineTask): string[] {
  if (colors === undefined) return [];
  return [`--colors=${colors}`, ...(dither === undefined ? [] : [`--dither=${dither}`])];
}

function calls(gif: GifStructure, task: EngineTask): string[][] {
  const { images, width, height } = gif;
  // gifsicle would enlarge the screen for images that reach beyond it.
  const crop = leavesScreen(gif) && width * height > 0 ? [`--crop=0,0+${width}x${height}`] : [];
  const lossy = task.lossy === undefined ? [] : [`--lossy=${Math.round(task.lossy * LOSSINESS_PER_PERCENT)}`];
  const { positions, delays } = planFrames(gif, task.frameRatio ?? 1);
  if (positions.length === images.length) return [[OPTIMISE, ...crop, ...colorArgs(task), ...lossy, STANDARD_INPUT]];

  const selection = positions.flatMap((position, at) => [`--delay=${delays[at]}`, `#${position}`]);
  const keep = [...lossy, STANDARD_INPUT, ...selection];
  // Images that build on others are made whole before some are dropped. gifsicle can do that with one palette only.
  if (images.every((image) => standsAlone(image, gif))) return [[OPTIMISE, ...crop, ...colorArgs(task), ...keep]];
  const onePalette = images.every((image) => image.paletteOffset === GLOBAL_PALETTE_OFFSET);
  if (onePalette) return [[OPTIMISE, "--unoptimize", ...crop, ...colorArgs(task), ...keep]];
  return [
    [...crop, ...colorArgs({ ...task, colors: task.colors ?? 256 }), STANDARD_INPUT],
    [OPTIMISE, "--unoptimize", ...keep],
  ];
}

/** gifsicle: frames, colours and lossy compression in one call, or two for files with several palettes. */
export const gifsicle: ExternalEngine = {
  name: "gifsicle",
  packageName: "gifsicle",
  versionArgs: ["--version"],
  versionPattern: /^LCDF Gifsicle (\S+)/m,
  // The first with --lossy.
  leastVersion: [1, 92],
  calls,
  refusal: /too complex to unoptimize/,
};
