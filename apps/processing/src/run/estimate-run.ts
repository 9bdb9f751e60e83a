import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDuration } from "@giflab/cli-kit";
import { pino } from "pino";
import { frameCap, type GifLimits, resolveGifLimits } from "../gif/gif-limits.ts";
import { readGifFile } from "../gif/read-gif-file.ts";
import { scanGif } from "../gif/scan-gif.ts";
import type { Preset } from "../pipeline/preset.ts";
import { findGifs } from "./find-gifs.ts";
import { openServices, type ServiceOptions } from "./open-services.ts";
import { Pause } from "./pause.ts";
import { PixelBudget } from "./pixel-budget.ts";
import { processGif } from "./process-gif.ts";

/** What a run is expected to take. */
export interface RunEstimate {
  readonly gifs: number;
  readonly pipelines: number;
  readonly jobs: number;
  /** Width x height x frames of all GIFs. */
  readonly pixels: number;
  /** GIFs that were taken through the pipelines to know the speed. */
  readonly measuredGifs: number;
  /** Of the whole run, with nothing in the caches. */
  readonly seconds: number;
}

export interface EstimateOptions {
  readonly preset: Preset;
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly services: ServiceOptions;
  readonly limits?: GifLimits;
  /** GIFs that will be in flight at once, on as many CPUs. */
  readonly parallel: number;
  readonly signal?: AbortSignal;
}

/** What a GIF costs beside its pixels (opening, folders, rows), in pixels. */
const PIXELS_PER_GIF = 20_000;
/** GIFs whose speed may be measured, spread over the files. */
const CANDIDATES = 16;
const MEASURE_SECONDS = 3;

interface Candidate {
  readonly path: string;
  readonly pixels: number;
}

/** Keeps every n-th item and thins out as more come: evenly spread, at most `CANDIDATES`, and the same every time. */
class EvenSample {
  items: Candidate[] = [];
  #every = 1;
  #seen = 0;

  add(item: Candidate): void {
    if (this.#seen++ % this.#every !== 0) return;
    this.items.push(item);
    if (this.items.length < CANDIDATES) return;
    this.items = this.items.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }
}

async function pixelsOf(path: string, limits: ReturnType<typeof resolveGifLimits>): Promise<number> {
  try {
    const { width, height, images } = scanGif(await readGifFile(path, limits.maxFileBytes));
    const pixels = width * height * Math.min(images.length, frameCap(width, height, limits.maxFrames));
    return pixels > limits.maxPixels ? 0 : pixels;
  } catch {
    return 0;
  }
}

/** Takes GIFs through the pipelines, small ones first, for a few seconds. Nothing of it is kept. */
async function measure(
  candidates: readonly Candidate[],
  options: EstimateOptions,
): Promise<{ readonly gifs: number; readonly pixels: number; readonly seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), "giflab-estimate-"));
  const off = { enabled: false };
  const { limits = {}, preset, signal } = options;
  const services = await openServices({
    ...options.services,
    frameCache: off,
    validationCache: off,
    limits,
    workers: 1,
  });
  const began = performance.now();
  let gifs = 0;
  let pixels = 0;
  const elapsed = (): number => (performance.now() - began) / 1000;
  try {
    for (const candidate of candidates) {
      await processGif(candidate.path, {
        preset,
        services,
        folder,
        limits: resolveGifLimits(limits),
        logger: pino({ level: "silent" }),
        pause: new Pause(signal),
        budget: new PixelBudget(Number.MAX_SAFE_INTEGER),
        columns: { giflabVersion: "" },
        extractFrames: false,
        addRow: async () => {},
        onJob: () => {},
      });
      gifs++;
      pixels += candidate.pixels + PIXELS_PER_GIF;
      if (elapsed() > MEASURE_SECONDS) break;
    }
    return { gifs, pixels, seconds: elapsed() };
  } finally {
    await services.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Estimates how long a run will take: looks at the size of every GIF, takes a few of them through the pipelines for some
 * three seconds, and reckons with the same time per pixel for all. Writes no results.
 *
 * @throws NoSuchInputError as `findGifs`; InterruptedError
 */
export async function estimateRun(options: EstimateOptions): Promise<RunEstimate> {
  const limits = resolveGifLimits(options.limits);
  const pause = new Pause(options.signal);
  const sample = new EvenSample();
  let gifs = 0;
  let pixels = 0;
  for await (const path of findGifs(options.paths)) {
    const own = await pixelsOf(path, limits);
    gifs++;
    pixels += own;
    if (own > 0) sample.add({ path, pixels: own });
    await pause.take();
  }
  const measured = await measure(
    sample.items.sort((a, b) => a.pixels - b.pixels),
    options,
  );
  const perPixel = measured.pixels === 0 ? 0 : measured.seconds / measured.pixels;
  const pipelines = options.preset.pipelines.length;
  return {
    gifs,
    pipelines,
    jobs: gifs * pipelines,
    pixels,
    measuredGifs: measured.gifs,
    seconds: (perPixel * (pixels + gifs * PIXELS_PER_GIF)) / options.parallel,
  };
}

/** The estimate for a reader. */
export function formatEstimate({ gifs, pipelines, jobs, pixels, measuredGifs, seconds }: RunEstimate): string {
  const count = (value: number): string => value.toLocaleString("en");
  const millions = count(Math.ceil(pixels / 1e6));
  return [
    `About ${formatDuration(Math.max(1, Math.round(seconds)))} for ${count(gifs)} GIFs through ${count(pipelines)} pipelines: ${count(jobs)} results of ${millions} million pixels.`,
    `Measured on ${count(measuredGifs)} of them without caches: what is cached takes less.`,
  ].join("\n");
}
