import { convertGif } from "../engines/convert-gif.ts";
import { type DetectedEngines, detectEngines } from "../engines/detect-engines.ts";
import { EngineError } from "../engines/engine-error.ts";
import type { EngineLimits } from "../engines/engine-limits.ts";
import type { EngineTask } from "../engines/engine-task.ts";
import { type EngineVersion, engineVersion } from "../engines/engine-version.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import { scanGif } from "../gif/scan-gif.ts";
import type { Pipeline } from "./pipeline.ts";
import type { FileStep, PipelineParameters, PipelineStep } from "./pipeline-step.ts";
import { type RenderSource, Workpiece } from "./workpiece.ts";

export interface RenderOptions {
  /**
   * Called after each step: lets others have their turn, and throws to end the work. Aborting its `signal` kills an
   * external engine at once.
   */
  readonly pause?: { take(): Promise<void>; readonly signal?: AbortSignal | undefined };
  /** What decoding may cost at most. */
  readonly limits?: GifLimits;
  /** What each call of an external engine may cost at most. */
  readonly engineLimits?: EngineLimits | undefined;
  /** The external engines to use; default: those on PATH. */
  readonly engines?: DetectedEngines;
}

/** A pipeline's result. */
export interface RenderedGif {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Images in `bytes`. */
  readonly frameCount: number;
  /** Seconds from the source in memory to the finished file. Decoding the source is not counted; conversions between steps are. */
  readonly seconds: number;
  /** Who worked on it, each once, in the order they began. */
  readonly engines: readonly EngineVersion[];
  /** What was done in order, a call of an external engine as one: `gifsicle-frame+gifsicle-color`, `decode`, `encode`. */
  readonly actualSteps: readonly string[];
}

/** Steps of one kind and one engine that follow each other: one call of an external engine. */
function runsOf(steps: readonly PipelineStep[]): PipelineStep[][] {
  const runs: PipelineStep[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    const joins = step.kind === "file" && last?.[0]?.engine === step.engine;
    if (joins) last?.push(step);
    else runs.push([step]);
  }
  return runs;
}

/**
 * Takes a GIF through the steps of a pipeline. A step works on frames or on a file; one is made of the other only where
 * the kind changes, and steps of one external engine that follow each other are one call of it. Holds nothing but its
 * arguments and reads no settings, so it runs in a worker thread as well.
 *
 * All pipelines get the same frames: of a file with more than are decoded (`limits.maxFrames`), an external engine gets
 * those. A file made between two steps has one palette: of the pipeline's colours when they are reduced by then, else of 256.
 *
 * @throws RangeError without bytes and frames; GifError when `source` cannot be decoded; EngineError when an external
 * engine is missing or fails; whatever `pause` throws
 */
export async function renderPipeline(
  source: RenderSource,
  pipeline: Pipeline,
  parameters: PipelineParameters,
  options: RenderOptions = {},
): Promise<RenderedGif> {
  const { pause, limits } = options;
  const work = new Workpiece(source, limits);
  const runs = runsOf(pipeline.steps);
  if (runs[0]?.[0]?.kind === "frames") work.openSource();
  const engines = pipeline.steps.some(({ kind }) => kind === "file")
    ? (options.engines ?? (await detectEngines()))
    : undefined;
  const began = performance.now();
  for (const steps of runs) {
    const [first] = steps;
    if (first?.kind === "frames") {
      work.becomes({ frames: first.apply(work.frames(), parameters) });
      work.did(first.name, engineVersion(first.engine));
    } else {
      const converted = await convert(work.bytes(), steps as FileStep[], parameters, { ...options, engines: engines! });
      work.becomes(converted);
      work.did(steps.map(({ name }) => name).join("+"), converted.engine);
    }
    if (steps.some(({ slot }) => slot === "color")) work.reducedTo(parameters.colors);
    await pause?.take();
  }
  // Never the caller's own bytes: a pipeline has at least one step.
  const bytes = work.bytes() as Uint8Array<ArrayBuffer>;
  const seconds = (performance.now() - began) / 1000;
  return {
    bytes,
    frameCount: scanGif(bytes).images.length,
    seconds,
    engines: [...work.engines.values()],
    actualSteps: work.actualSteps,
  };
}

async function convert(
  bytes: Uint8Array,
  steps: readonly FileStep[],
  parameters: PipelineParameters,
  { engines, engineLimits, pause }: RenderOptions & { readonly engines: DetectedEngines },
): ReturnType<typeof convertGif> {
  const task: EngineTask = Object.assign({}, ...steps.map((step) => step.task(parameters)));
  const name = steps[0]!.engine;
  try {
    return await convertGif(name, bytes, task, {
      engines,
      signal: pause?.signal,
      ...(engineLimits && { limits: engineLimits }),
    });
  } catch (error) {
    // The interruption has an error of its own, which whoever gave the pause knows.
    if (error instanceof EngineError && error.code === "ABORTED") await pause?.take();
    throw error;
  }
}
