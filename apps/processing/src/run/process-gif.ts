import { frameCap, type ResolvedGifLimits } from "../gif/gif-limits.ts";
import { scanGif } from "../gif/scan-gif.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { failureReason } from "./failure-reason.ts";
import { rethrowFatal } from "./fatal-error.ts";
import { fillGifFolder, gifFolder } from "./gif-folder.ts";
import { type GifSource, readSource } from "./gif-source.ts";
import { errorColumns, messageOf, originalColumns, pipelineColumns, sourceColumns } from "./job-columns.ts";
import { InterruptedError } from "./pause.ts";
import { threadsPay } from "./render-job.ts";
import type { ResultRow } from "./result-row.ts";
import type { EarlierGif } from "./resume-run.ts";
import type { RunContext } from "./run-context.ts";
import { type Job, runJob } from "./run-job.ts";
import type { GifOutcome } from "./run-totals.ts";

/** Jobs of one large GIF at work together: one is rendered while the other is compared. */
const JOBS_AT_ONCE = 2;

/** Pixels that the frames of a GIF will take; 0 for what cannot be read: that will be told when it is decoded. */
function pixelsOf({ bytes }: GifSource, limits: ResolvedGifLimits): number {
  try {
    const { width, height, images } = scanGif(bytes);
    return width * height * Math.min(images.length, frameCap(width, height, limits.maxFrames));
  } catch {
    return 0;
  }
}

/**
 * Takes a GIF through the pipelines of the preset, except those it went through `earlier`. What goes wrong with the file or
 * a pipeline becomes a row with `success=false`; only an interruption and a full or unwritable output folder are thrown.
 */
export async function processGif(path: string, context: RunContext, earlier?: EarlierGif): Promise<GifOutcome> {
  if (earlier?.complete === true) return earlier;
  let source: GifSource;
  try {
    source = await readSource(path, context.limits.maxFileBytes);
  } catch (error) {
    return await failGif({ path }, error, context);
  }
  const giveBack = await context.budget.take(pixelsOf(source, context.limits));
  try {
    await context.pause.take();
    return await processSource(source, context, earlier);
  } finally {
    giveBack();
  }
}

async function processSource(source: GifSource, context: RunContext, earlier?: EarlierGif): Promise<GifOutcome> {
  const { path } = source;
  const { services, pause, extractFrames } = context;
  const folder = gifFolder(context.folder, source);
  let shared: ResultRow;
  let pixels: number;
  try {
    const gif = await services.decode(path, source.bytes);
    pixels = gif.width * gif.height * gif.frames.length;
    await fillGifFolder(folder, source, gif, { extractFrames, services, pause });
    shared = originalColumns(gif);
  } catch (error) {
    return await failGif(source, error, context);
  }
  const jobs = new GifJobs({ source, folder, shared }, context, earlier);
  await jobs.run(threadsPay(pixels, services.workers) ? JOBS_AT_ONCE : 1);
  const outcome = jobs.outcome();
  if (outcome.succeeded) context.logger.info({ file: path }, "processed");
  return outcome;
}

/** The jobs of one GIF, and what comes of them. */
class GifJobs {
  readonly #gif: Omit<Job, "pipeline">;
  readonly #context: RunContext;
  readonly #pipelines: Iterator<Pipeline> & Iterable<Pipeline>;
  #succeeded: boolean;
  #failure: GifOutcome["failure"];
  #isEnded = false;

  constructor(gif: Omit<Job, "pipeline">, context: RunContext, earlier: EarlierGif | undefined) {
    this.#gif = gif;
    this.#context = context;
    this.#pipelines = context.preset.pipelines.filter(({ id }) => earlier?.pipelines.has(id) !== true).values();
    this.#succeeded = earlier?.succeeded ?? false;
    this.#failure = earlier?.failure;
  }

  /** Does all jobs, so many at once. @throws what ends the run, when no job is left at work */
  async run(atOnce: number): Promise<void> {
    const ends = await Promise.allSettled(Array.from({ length: atOnce }, () => this.#work()));
    const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
    if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof InterruptedError)) ?? reasons[0];
  }

  outcome(): GifOutcome {
    const succeeded = this.#succeeded;
    return succeeded || this.#failure === undefined ? { succeeded } : { succeeded, failure: this.#failure };
  }

  async #work(): Promise<void> {
    for (const pipeline of this.#pipelines) {
      if (this.#isEnded) return;
      try {
        await this.#do(pipeline);
      } catch (error) {
        this.#isEnded = true;
        throw error;
      }
    }
  }

  async #do(pipeline: Pipeline): Promise<void> {
    const { source, folder, shared } = this.#gif;
    const columns = { ...sourceColumns(source, this.#context.columns), ...shared };
    try {
      await runJob({ source, folder, pipeline, shared: columns }, this.#context);
      this.#succeeded = true;
    } catch (error) {
      rethrowFatal(error);
      this.#context.logger.error({ file: source.path, pipeline: pipeline.id, err: error }, "job failed");
      this.#failure = { reason: failureReason(error), message: messageOf(error) };
      await this.#context.addRow({ ...columns, ...pipelineColumns(pipeline), ...errorColumns(error) });
    }
  }
}

async function failGif(
  source: Pick<GifSource, "path"> & Partial<GifSource>,
  error: unknown,
  context: RunContext,
): Promise<GifOutcome> {
  rethrowFatal(error);
  const failure = { reason: failureReason(error), message: messageOf(error) };
  context.logger.warn({ file: source.path, reason: failure.reason, error: failure.message }, "not processed");
  await context.addRow({ ...sourceColumns(source, context.columns), ...errorColumns(error) });
  return { succeeded: false, failure };
}
