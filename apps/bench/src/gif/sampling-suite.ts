import {
  alignFrames,
  createSampler,
  type DecodedGif,
  decodeGifBytes,
  FRAME_METRICS,
  type FrameMetric,
  measureQuality,
  openServices,
  Picture,
  PRESETS,
  renderPipeline,
  type SamplingStrategy,
} from "@giflab/processing";
import type { Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif, SizeClass } from "./bench-set.ts";
import type { GifSuite } from "./gif-suite.ts";
import { interleaveJobs } from "./interleaved-jobs.ts";
import { processorTimes } from "./processor-time.ts";

const STRATEGIES = ["uniform", "adaptive", "progressive", "scene_aware"] as const satisfies readonly SamplingStrategy[];
const SIZES: readonly SizeClass[] = ["small", "medium", "large"];
const METRICS = Object.keys(FRAME_METRICS) as FrameMetric[];
const SAVED = 0.6;
const WORST_ERROR = 0.003;
const WORST_SCENE_ERROR = 0.01;
const COVERED = 0.95;
/** How often a job does the same: once on a small GIF is too short to be timed. */
const REPEATS = { small: 10, medium: 1, large: 1 } as const;
const ROUNDS = 3;
/** Draws of frames that each interval of `progressive` is tried with. */
const DRAWS = 12;
const noPause = { take: async (): Promise<void> => {} };

/** A GIF and what became of it. */
interface Case {
  readonly name: string;
  readonly sizeClass: SizeClass;
  readonly original: DecodedGif;
  readonly result: DecodedGif;
  /** Positions of each frame of the result and of the one it was made from. */
  readonly pairs: readonly { readonly original: number; readonly result: number }[];
  /** Whether time is measured: once for each GIF is enough. */
  readonly timed: boolean;
}

/** Milliseconds for all frames and for sampled ones. */
type Times = readonly [all: number, sampled: number];

/** One strategy on one case, beside looking at all frames. */
interface Row {
  readonly strategy: SamplingStrategy;
  readonly name: string;
  readonly sizeClass: SizeClass;
  /** Absolute, of the mean of ssim. */
  readonly error: number;
  /** How many of the intervals told hold the mean of all frames, of `DRAWS` (or of one, where nothing is drawn). */
  readonly covered: number;
  readonly intervals: number;
  readonly share: number;
  /** Processor time of choosing frames and computing all metrics of them; absent where time was not measured. */
  readonly ms?: Times;
  /** By the clock, of the whole comparison, for the default strategy. */
  readonly wholeMs?: Times;
}

/**
 * All metrics of a result on all of its frames and on those that each strategy picks: how much time that saves, choosing
 * included, and how far it moves the mean of ssim. Results are those of `quick-test` and the same with no frame dropped;
 * those of fewer frames than are sampled at all are left out. In processor time of one thread, without caches. Decoding is
 * excluded, as it is the same with and without; so are alignment and temporal consistency, which look at all frames anyway,
 * but for the line about the whole comparison.
 */
export const samplingSuite: GifSuite = {
  name: "sampling",
  run: async (set) => {
    const rows: Row[] = [];
    for (const gif of set) {
      for await (const each of casesOf(gif)) rows.push(...(await measure(each)));
    }
    print(rows);
    return figures(rows);
  },
};

/** Frames are drawn before, as drawing belongs to decoding. */
function drawn(bytes: Uint8Array): DecodedGif {
  const gif = decodeGifBytes(bytes, { maxFrames: Number.MAX_SAFE_INTEGER });
  for (const frame of gif.frames) frame.rgba.at(0);
  return gif;
}

async function* casesOf({ bytes, name, sizeClass }: BenchGif): AsyncGenerator<Case> {
  const original = drawn(bytes);
  const { minFramesThreshold } = createSampler().config;
  if (original.frames.length < minFramesThreshold) return;
  const [even, least] = PRESETS.get("quick-test")!.pipelines;
  const ways = [
    { what: "all kept", pipeline: even!, frameRatio: 1, timed: true },
    { what: "half, even", pipeline: even!, frameRatio: 0.5, timed: false },
    { what: "half, least change", pipeline: least!, frameRatio: 0.5, timed: false },
  ];
  for (const { what, pipeline, frameRatio, timed } of ways) {
    const parameters = { ...pipeline.parameters, frameRatio };
    const result = drawn((await renderPipeline({ frames: original }, pipeline, parameters)).bytes);
    const moments = await alignFrames(original, result, noPause);
    const pairs = moments.filter((pair, at) => pair.result !== moments[at - 1]?.result);
    if (pairs.length < minFramesThreshold) continue;
    yield { name: `${name} (${what})`, sizeClass, original, result, pairs, timed };
  }
}

/** Samples the pairs of a case, works on each and sums up. A byte of the first frame, changed, has other frames drawn. */
function sample(strategy: SamplingStrategy, { original, pairs }: Case, work: (at: number) => number, draw = 0) {
  const frames = pairs.map((pair) => ({ rgba: original.frames[pair.original]!.rgba }));
  if (draw > 0) {
    const rgba = frames[0]!.rgba.slice();
    rgba[0]! ^= draw;
    frames[0] = { rgba };
  }
  return createSampler({ defaultStrategy: strategy }).process({ frames }, work, { value: (ssim) => ssim });
}

/** All metrics of one pair; gives its ssim. */
function compare({ original, result, pairs }: Case, at: number): number {
  const { width, height } = original;
  const [a, b] = [original.frames[pairs[at]!.original]!, result.frames[pairs[at]!.result]!];
  const [before, after] = [new Picture(a.rgba, width, height), new Picture(b.rgba, width, height)];
  let ssim = 0;
  for (const name of METRICS) {
    const measured = FRAME_METRICS[name](before, after);
    if (name === "ssim") ssim = measured;
  }
  return ssim;
}

async function measure(each: Case): Promise<Row[]> {
  const { name, sizeClass, pairs, timed } = each;
  const times = timed ? await timesOf(each) : undefined;
  const values = pairs.map(({ original, result }) => {
    const { width, height } = each.original;
    const picture = ({ frames }: DecodedGif, at: number) => new Picture(frames[at]!.rgba, width, height);
    return FRAME_METRICS.ssim(picture(each.original, original), picture(each.result, result));
  });
  const full = mean(values);
  const rows: Row[] = [];
  for (const strategy of STRATEGIES) {
    const draws = strategy === "progressive" ? DRAWS : 1;
    const samples: Awaited<ReturnType<typeof sample>>[] = [];
    for (let draw = 0; draw < draws; draw++) samples.push(await sample(strategy, each, (at) => values[at]!, draw));
    const [sampled] = samples;
    const covered = samples.filter(({ selection: { confidenceInterval: interval } }) => {
      return interval === undefined || (full >= interval.lower - 1e-12 && full <= interval.upper + 1e-12);
    });
    rows.push({
      strategy,
      name,
      sizeClass,
      error: Math.abs(sampled!.mean! - full),
      covered: covered.length,
      intervals: draws,
      share: sampled!.selection.samplingRate,
      ...times?.get(strategy),
    });
  }
  return rows;
}

async function timesOf(each: Case): Promise<Map<SamplingStrategy, Pick<Row, "ms" | "wholeMs">>> {
  const repeats = REPEATS[each.sizeClass];
  const timings = processorTimes(
    (["full", ...STRATEGIES] as const).map((name) => ({
      name,
      run: () => {
        for (let times = 0; times < repeats; times++) compareSampled(name, each);
      },
    })),
    ROUNDS,
  );
  const usual = createSampler().config.defaultStrategy;
  const off = { enabled: false };
  const without = { frameCache: off, validationCache: off, resizeCache: off, workers: 1 };
  const all = await openServices({ ...without, frameSampling: off });
  const sampled = await openServices({ ...without, frameSampling: { defaultStrategy: usual } });
  try {
    const whole = await interleaveJobs(
      [all, sampled].map((services, at) => ({
        name: at === 0 ? "all" : usual,
        run: () => measureQuality(each.original, each.result, services, noPause),
      })),
      { rounds: ROUNDS, seconds: 0 },
    );
    const ms = new Map(timings.map((timing) => [timing.name, timing.ms]));
    return new Map(
      STRATEGIES.map((strategy) => [
        strategy,
        {
          ms: [ms.get("full")!, ms.get(strategy)!],
          ...(strategy === usual ? { wholeMs: [whole[0]!.ms, whole[1]!.ms] } : {}),
        },
      ]),
    );
  } finally {
    await all.close();
    await sampled.close();
  }
}

/** Chooses pairs and computes all metrics of them: what is timed. */
function compareSampled(strategy: SamplingStrategy, each: Case): void {
  const { original, pairs } = each;
  const sequence = { frames: pairs.map((pair) => original.frames[pair.original]!) };
  const sampler = createSampler({ defaultStrategy: strategy });
  const measure = (at: number): number => compare(each, at);
  const { indices } = sampler.sample(sequence, { measure });
  // Progressive sampling has compared them by now, to know when to stop.
  if (strategy !== "progressive") for (const index of indices) measure(index);
}

const percent = (share: number): string => (Number.isNaN(share) ? "-" : `${(100 * share).toFixed(1)} %`);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const worstOf = (rows: readonly Row[]): Row => rows.reduce((a, b) => (b.error > a.error ? b : a));

function coverage(rows: readonly Row[]): number {
  return mean(rows.map(({ covered }) => covered)) / mean(rows.map(({ intervals }) => intervals));
}

/** Share of the time of all of them. */
function savedOf(rows: readonly Row[], which: "ms" | "wholeMs" = "ms"): number {
  const timed = rows.flatMap((row) => row[which] ?? []);
  return 1 - mean(timed.filter((_, at) => at % 2 === 1)) / mean(timed.filter((_, at) => at % 2 === 0));
}

/** Of the GIF where it is least. */
function leastSaved(rows: readonly Row[]): Row & { readonly saved: number } {
  const timed = rows.filter(({ ms }) => ms !== undefined).map((row) => ({ ...row, saved: savedOf([row]) }));
  return timed.reduce((a, b) => (b.saved < a.saved ? b : a));
}

function print(rows: readonly Row[]): void {
  const cases = rows.length / STRATEGIES.length;
  console.log(
    `\nSampling of ${cases} comparisons (all metrics, processor time of one thread, decoding excluded; errors of the mean of ssim)`,
  );
  printTable(
    ["", "frames", "time saved", ...SIZES, "at least", "worst error", "mean error", "in the interval"],
    STRATEGIES.map((strategy) => {
      const own = rows.filter((row) => row.strategy === strategy);
      return [
        strategy,
        percent(mean(own.map(({ share }) => share))),
        percent(savedOf(own)),
        ...SIZES.map((size) => percent(savedOf(own.filter(({ sizeClass }) => sizeClass === size)))),
        percent(leastSaved(own).saved),
        worstOf(own).error.toFixed(5),
        mean(own.map(({ error }) => error)).toFixed(5),
        percent(coverage(own)),
      ];
    }),
  );
  for (const strategy of STRATEGIES) {
    const own = rows.filter((row) => row.strategy === strategy);
    console.log(`  ${strategy}: least time saved on ${leastSaved(own).name}, worst error on ${worstOf(own).name}`);
  }
  const usual = createSampler().config.defaultStrategy;
  const whole = percent(savedOf(rows, "wholeMs"));
  console.log(`  whole comparison with ${usual}, alignment and temporal consistency included: ${whole} less time`);
}

function figures(rows: readonly Row[]): Figure[] {
  const usual = createSampler().config.defaultStrategy;
  const of = (strategy: SamplingStrategy): Row[] => rows.filter((row) => row.strategy === strategy);
  const saved = savedOf(of(usual));
  const least = leastSaved(of(usual));
  const error = (strategy: SamplingStrategy, limit: number): Figure => {
    const worst = worstOf(of(strategy));
    const text = `worst ssim error of ${strategy} <= ${limit}`;
    return { text, got: `${worst.error.toFixed(5)} (${worst.name})`, reached: worst.error <= limit };
  };
  const covered = coverage(of("progressive"));
  return [
    {
      text: `${usual}, the default: >= ${100 * SAVED} % less time over the set`,
      got: `${percent(saved)}, at least ${percent(least.saved)} (${least.name})`,
      reached: saved >= SAVED,
    },
    error(usual, WORST_ERROR),
    error("scene_aware", WORST_SCENE_ERROR),
    {
      text: `intervals of progressive that hold the mean of all frames, ${DRAWS} for each result, >= ${100 * COVERED} %`,
      got: percent(covered),
      reached: covered >= COVERED,
    },
  ];
}
