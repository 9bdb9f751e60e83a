import { availableParallelism } from "node:os";
import {
  alignFrames,
  type CompareJob,
  type DecodedGif,
  decodeGif,
  FRAME_METRICS,
  type FrameMetric,
  type GifFrame,
  measureQuality,
  openServices,
  Picture,
  type PipelineServices,
} from "@giflab/processing";
import { atMost, type Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif } from "./bench-set.ts";
import { type FramePair, framePairs } from "./frame-pairs.ts";
import type { GifSuite } from "./gif-suite.ts";
import { interleaveJobs, type JobTiming, jobRatio } from "./interleaved-jobs.ts";

const METRICS = Object.keys(FRAME_METRICS) as FrameMetric[];
const PAIRS = 10;
const SSIM_MS = 3;
const ALL_MS = 20;
const ALIGN_MS = 1000;
const TIMES_FASTER = 1.3;
/** From just above what starts threads to what is long by any measure. */
const LONG_GIFS: readonly string[] = ["medium-photo", "large-photo"];
const noPause = { take: async (): Promise<void> => {} };

/**
 * Each metric on pairs of 480 x 270, alone and all together; the comparison of long GIFs in one thread, with threads that
 * start for it, and with threads that run already; and the alignment of 2,000 frames with 1,000.
 */
export const qualitySuite: GifSuite = {
  name: "quality",
  run: async (set) => {
    const medium = set.find(({ name }) => name === "medium-photo")!;
    const figures = await metricsOfPairs(await framePairs(medium, PAIRS));
    const rows: Threads[] = [];
    for (const gif of set.filter(({ name }) => LONG_GIFS.includes(name))) rows.push(await withThreads(gif));
    print(rows);
    const { cold, one } = rows.at(-1)!;
    const got = jobRatio(one, cold);
    const text = `${rows.at(-1)!.gif} with ${availableParallelism()} threads >= ${TIMES_FASTER}x one`;
    return [...figures, { text, got: `${got.toFixed(2)}x`, reached: got >= TIMES_FASTER }, await alignment()];
  },
};

async function metricsOfPairs(pairs: readonly FramePair[]): Promise<Figure[]> {
  const picture = ({ rgba, width, height }: FramePair["original"]): Picture => new Picture(rgba, width, height);
  // As the first metric of a pair finds them: blended and grey, nothing else.
  const made = (): readonly (readonly [Picture, Picture])[] =>
    pairs.map(({ original, result }) => {
      const two = [picture(original), picture(result)] as const;
      for (const { levels } of two) levels.at(0);
      return two;
    });
  let pictures = made();
  const timings = await interleaveJobs([
    ...METRICS.map((name) => ({
      name,
      prepare: () => {
        pictures = made();
      },
      run: () => pictures.map(([a, b]) => FRAME_METRICS[name](a, b)),
    })),
    {
      name: "all, pictures included",
      run: () => made().map(([a, b]) => METRICS.map((name) => FRAME_METRICS[name](a, b))),
    },
  ]);
  console.log("\nQuality: ms for one pair of 480 x 270");
  printTable(
    ["", "ms", "quartiles"],
    timings.map(({ name, ms, quartiles }) => [
      name,
      (ms / PAIRS).toFixed(2),
      quartiles.map((one) => (one / PAIRS).toFixed(2)).join(" .. "),
    ]),
  );
  const of = (name: string): number => timings.find((timing) => timing.name === name)!.ms / PAIRS;
  return [
    atMost("ssim of a 480 x 270 pair", of("ssim"), SSIM_MS, "ms"),
    atMost("all metrics of a 480 x 270 pair", of("all, pictures included"), ALL_MS, "ms"),
  ];
}

interface Threads {
  readonly gif: string;
  readonly pixels: number;
  readonly one: JobTiming;
  readonly cold: JobTiming;
  readonly warm: JobTiming;
}

/** Services without caches and sampling: every pair is compared anew. */
function services(workers: number): Promise<PipelineServices> {
  const off = { enabled: false };
  return openServices({ frameCache: off, validationCache: off, frameSampling: off, workers });
}

async function withThreads(gif: BenchGif): Promise<Threads> {
  const original = await decodeGif(gif.path);
  const pairs = await framePairs(gif, original.frames.length);
  const result: DecodedGif = {
    ...original,
    frames: pairs.map(({ result: { rgba } }, at): GifFrame => ({ ...original.frames[at]!, rgba: rgba.slice() })),
  };
  const alone = await services(1);
  const running = await services(availableParallelism());
  const [first] = pairs;
  const job: CompareJob = { a: first!.original, b: first!.result, metrics: METRICS };
  await Promise.all(Array.from({ length: 4 * availableParallelism() }, () => running.workers.compare(job)));
  let fresh = running;
  const measure = (own: PipelineServices) => measureQuality(original, result, own, noPause);
  try {
    const [one, cold, warm] = (await interleaveJobs(
      [
        { name: "one thread", run: () => measure(alone) },
        {
          name: "threads that start",
          prepare: async () => {
            if (fresh !== running) await fresh.close();
            fresh = await services(availableParallelism());
          },
          run: () => measure(fresh),
        },
        { name: "threads that run", run: () => measure(running) },
      ],
      { rounds: 7, seconds: 25 },
    )) as [JobTiming, JobTiming, JobTiming];
    return { gif: gif.name, pixels: original.width * original.height * original.frames.length, one, cold, warm };
  } finally {
    await Promise.all([alone, fresh, running].map((own) => own.close()));
  }
}

function print(rows: readonly Threads[]): void {
  console.log(`\nComparison of all frames: ms, and times faster than one thread (${availableParallelism()} CPUs)`);
  printTable(
    ["", "megapixels", "one thread", "threads that start", "", "threads that run", ""],
    rows.map(({ gif, pixels, one, cold, warm }) => [
      gif,
      (pixels / 1e6).toFixed(1),
      one.ms.toFixed(0),
      cold.ms.toFixed(0),
      `${jobRatio(one, cold).toFixed(2)}x`,
      warm.ms.toFixed(0),
      `${jobRatio(one, warm).toFixed(2)}x`,
    ]),
  );
}

/** Every second of 2,000 frames, all shown for another time than before. */
async function alignment(): Promise<Figure> {
  const [width, height] = [100, 80];
  const frame = (t: number, delaySeconds: number): GifFrame => {
    const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let at = 0; at < width * height; at++) rgba.fill((at + 37 * t) % 251, 4 * at, 4 * at + 3);
    return { rgba, delaySeconds };
  };
  const original = { width, height, loopCount: 0, frames: Array.from({ length: 2000 }, (_, t) => frame(t, 0.05)) };
  const kept = Array.from({ length: 1000 }, (_, at) => frame(2 * at, 0.02 + 0.01 * (at % 3)));
  const [aligned] = await interleaveJobs([
    { name: "align", run: () => alignFrames(original, { ...original, frames: kept }, noPause) },
  ]);
  return atMost("alignment of 2,000 frames of 100 x 80 with 1,000", aligned!.ms, ALIGN_MS, "ms");
}
