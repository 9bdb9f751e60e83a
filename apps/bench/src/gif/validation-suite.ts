import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FRAME_METRICS,
  type FrameHasher,
  type FrameMetric,
  loadFrameHasher,
  Picture,
  type RgbaImage,
  ValidationCache,
} from "@giflab/processing";
import { type Figure, lessTime } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif } from "./bench-set.ts";
import { type FramePair, framePairs } from "./frame-pairs.ts";
import type { GifSuite } from "./gif-suite.ts";
import { interleaveJobs, type JobTiming, jobRatio } from "./interleaved-jobs.ts";

const PAIRS = 50;
const METRICS: readonly FrameMetric[] = ["ssim", "ms_ssim", "fsim", "gmsd", "chist"];
const SAVED = 0.9;
const GIFS: readonly string[] = ["medium-flat", "medium-photo"];

interface Row {
  readonly gif: string;
  readonly without: JobTiming;
  readonly cold: JobTiming;
  readonly memory: JobTiming;
  readonly disk: JobTiming;
}

/**
 * Five metrics of 50 pairs of frames: computed without a cache, with an empty one, from its memory, and from disk by a cache
 * object that never saw them. With a cache every frame's bytes are hashed anew, as for frames that were just decoded.
 */
export const validationSuite: GifSuite = {
  name: "validation-cache",
  run: async (set) => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-validation-bench-"));
    try {
      const hasher = await loadFrameHasher();
      const rows: Row[] = [];
      for (const gif of set.filter(({ name }) => GIFS.includes(name))) rows.push(await measure(gif, folder, hasher));
      print(rows);
      return rows.flatMap(figures);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(gif: BenchGif, folder: string, hasher: FrameHasher): Promise<Row> {
  const pairs = await framePairs(gif, PAIRS);
  const diskPath = join(folder, `${gif.name}.db`);
  const warm = new ValidationCache({ diskPath });
  validate(pairs, hasher, warm);
  await warm.flush();
  let files = 0;
  let empty = warm;
  let fresh = warm;
  const close = async (cache: ValidationCache): Promise<void> => {
    if (cache !== warm) await cache.close();
  };
  const [without, cold, memory, disk] = (await interleaveJobs(
    [
      { name: "without a cache", run: () => compute(pairs) },
      {
        name: "empty cache",
        prepare: async () => {
          await close(empty);
          empty = new ValidationCache({ diskPath: join(folder, `${gif.name}-${files++}.db`) });
        },
        run: () => validate(pairs, hasher, empty),
      },
      { name: "memory", run: () => validate(pairs, hasher, warm) },
      {
        name: "disk",
        prepare: async () => {
          await close(fresh);
          fresh = new ValidationCache({ diskPath });
        },
        run: () => validate(pairs, hasher, fresh),
      },
    ],
    { rounds: 11, seconds: 12 },
  )) as [JobTiming, JobTiming, JobTiming, JobTiming];
  if (fresh.stats().misses > 0) throw new Error("values were put into the cache and are not on disk");
  await close(empty);
  await close(fresh);
  await warm.close();
  return { gif: gif.name, without, cold, memory, disk };
}

function compute(pairs: readonly FramePair[]): number {
  let sum = 0;
  for (const { original, result } of pairs) {
    const a = pictureOf(original);
    const b = pictureOf(result);
    for (const metric of METRICS) sum += FRAME_METRICS[metric](a, b);
  }
  return sum;
}

function validate(pairs: readonly FramePair[], hasher: FrameHasher, cache: ValidationCache): number {
  let sum = 0;
  for (const { original, result } of pairs) {
    const frames = [hasher(original), hasher(result)] as const;
    let pictures: readonly [Picture, Picture] | undefined;
    for (const metric of METRICS) {
      sum += cache.getOrCompute<number>({ metric, frames }, () => {
        pictures ??= [pictureOf(original), pictureOf(result)];
        return FRAME_METRICS[metric](...pictures);
      });
    }
  }
  return sum;
}

function pictureOf({ rgba, width, height }: RgbaImage): Picture {
  return new Picture(rgba, width, height);
}

function print(rows: readonly Row[]): void {
  console.log(`\nValidation cache: ms for ${METRICS.length} metrics of ${PAIRS} pairs of 480 x 270`);
  printTable(
    ["", "without", "empty", "memory", "disk", "memory less", "disk less", "empty more"],
    rows.map(({ gif, without, cold, memory, disk }) => [
      gif,
      ...[without, cold, memory, disk].map(({ ms }) => ms.toFixed(1)),
      `${(100 * (1 - jobRatio(memory, without))).toFixed(1)} %`,
      `${(100 * (1 - jobRatio(disk, without))).toFixed(1)} %`,
      `${(100 * (jobRatio(cold, without) - 1)).toFixed(1)} %`,
    ]),
  );
}

function figures({ gif, without, memory, disk }: Row): readonly Figure[] {
  return [
    lessTime(`${gif}: values from memory`, jobRatio(memory, without), SAVED),
    lessTime(`${gif}: values from disk`, jobRatio(disk, without), SAVED),
  ];
}
