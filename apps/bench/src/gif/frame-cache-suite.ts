import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DecodedGif, decodeGif, FrameCache } from "@giflab/processing";
import { atMost, type Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif, SizeClass } from "./bench-set.ts";
import type { GifSuite } from "./gif-suite.ts";
import { interleaveJobs, type JobTiming, jobRatio } from "./interleaved-jobs.ts";

/** Look-ups in memory that a job does: one takes microseconds, and the first hundreds follow a garbage collection. */
const LOOK_UPS = 20_000;
/** Decodes and disk hits of less are done several times a job, so that a job is not mostly what follows a garbage collection. */
const JOB_MS = 40;
const MOST_REPEATS = 20;
/** A GIF whose cold decode takes longer is one that a cache is for. */
const WORTH_CACHING_MS = 10;
const MEMORY_HIT_US = 5;
const MEMORY_TIMES = 1700;
const DISK_TIMES = 4;
const MEMORY_LIMIT_MB = 2000;

interface Row {
  readonly gif: BenchGif;
  readonly cold: JobTiming;
  readonly coldDrawn: JobTiming;
  readonly disk: JobTiming;
  readonly diskDrawn: JobTiming;
  /** Decodes in `cold`, and look-ups by as many new caches in `disk`. */
  readonly repeats: number;
  readonly write: JobTiming;
  readonly memoryUs: number;
  /** Cold decode with all frames drawn, over a memory hit. */
  readonly memoryTimes: number;
}

/**
 * A cold decode (read the file, unpack it) beside look-ups that hit memory and disk, in a process that has done both before.
 * The disk is looked up by a cache object with the database opened that never saw the GIF; the file system has all in memory.
 * Frames are drawn when they are read: figures until the frames can be used, and until every one is drawn.
 */
export const frameCacheSuite: GifSuite = {
  name: "frame-cache",
  run: async (set) => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-frame-cache-bench-"));
    try {
      const rows: Row[] = [];
      for (const gif of set) rows.push(await measure(gif, join(folder, `${gif.name}.db`)));
      print(rows);
      return figures(rows);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(gif: BenchGif, diskPath: string): Promise<Row> {
  const open = (): FrameCache => new FrameCache({ diskPath, memoryLimitMb: MEMORY_LIMIT_MB });
  const warm = open();
  warm.put(gif.path, await decodeGif(gif.path));
  await warm.flush();
  drawAll(found(warm, gif));
  const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.round(JOB_MS / (await coldMs(gif)))));
  const times = Array.from({ length: repeats }, (_, time) => time);
  let fresh: readonly FrameCache[] = [];
  const close = async (): Promise<void> => {
    for (const cache of fresh) await cache.close();
  };
  const openAnew = async (count: number): Promise<void> => {
    await close();
    fresh = times.slice(0, count).map(open);
    // Opens the database.
    for (const cache of fresh) cache.stats();
  };
  let unwritten = await decodeGif(gif.path);
  const prepareWrite = async (): Promise<void> => {
    await openAnew(1);
    await fresh[0]!.invalidate(gif.path);
    unwritten = await decodeGif(gif.path);
  };
  const decodeOften = async (): Promise<readonly DecodedGif[]> => {
    const decoded: DecodedGif[] = [];
    for (const _ of times) decoded.push(await decodeGif(gif.path));
    return decoded;
  };
  const timings = await interleaveJobs(
    [
      { name: "cold", run: decodeOften },
      { name: "cold, drawn", run: async () => drawAll(await decodeGif(gif.path)) },
      { name: "disk", prepare: () => openAnew(repeats), run: () => fresh.map((cache) => found(cache, gif)) },
      { name: "disk, drawn", prepare: () => openAnew(1), run: () => drawAll(found(fresh[0]!, gif)) },
      { name: "memory", run: () => lookUpOften(warm, gif) },
      // In one go; in a program it is done in steps, between other work.
      { name: "write", prepare: prepareWrite, run: () => write(fresh[0]!, gif, unwritten) },
    ],
    { rounds: 15, seconds: 5 },
  );
  await close();
  await warm.close();
  const [cold, coldDrawn, disk, diskDrawn, memory, written] = timings as [
    JobTiming,
    JobTiming,
    JobTiming,
    JobTiming,
    JobTiming,
    JobTiming,
  ];
  const memoryTimes = LOOK_UPS * jobRatio(coldDrawn, memory);
  const memoryUs = (1000 * memory.ms) / LOOK_UPS;
  return { gif, cold, coldDrawn, disk, diskDrawn, repeats, write: written, memoryUs, memoryTimes };
}

/** Roughly, of a process that has decoded before. */
async function coldMs({ path }: BenchGif): Promise<number> {
  await decodeGif(path);
  const start = performance.now();
  await decodeGif(path);
  return performance.now() - start;
}

function found(cache: FrameCache, { path }: BenchGif): DecodedGif {
  const gif = cache.get(path);
  if (gif === undefined) throw new Error(`${path} was put into the cache and is not there`);
  return gif;
}

async function write(cache: FrameCache, { path }: BenchGif, gif: DecodedGif): Promise<void> {
  cache.put(path, gif);
  await cache.flush();
}

function lookUpOften(cache: FrameCache, gif: BenchGif): DecodedGif {
  let last: DecodedGif | undefined;
  for (let times = 0; times < LOOK_UPS; times++) last = found(cache, gif);
  return last!;
}

function drawAll(gif: DecodedGif): DecodedGif {
  for (const frame of gif.frames) touch(frame.rgba);
  return gif;
}

let touched = 0;
function touch(rgba: Uint8ClampedArray): void {
  touched += rgba[0]!;
  if (touched < 0) throw new Error("a sum of bytes is not negative");
}

function print(rows: readonly Row[]): void {
  console.log("\nFrame cache: ms until the frames can be used, and until every frame is drawn; memory hits in us");
  printTable(
    ["", "cold", "disk", "times", "cold, drawn", "disk, drawn", "times", "write", "memory us", "times"],
    rows.map((row) => [
      row.gif.name,
      (row.cold.ms / row.repeats).toFixed(2),
      (row.disk.ms / row.repeats).toFixed(2),
      `${jobRatio(row.cold, row.disk).toFixed(1)}x`,
      row.coldDrawn.ms.toFixed(2),
      row.diskDrawn.ms.toFixed(2),
      `${jobRatio(row.coldDrawn, row.diskDrawn).toFixed(1)}x`,
      row.write.ms.toFixed(2),
      row.memoryUs.toFixed(2),
      `${Math.round(row.memoryTimes)}x`,
    ]),
  );
  console.log("  Drawing every frame takes the same after a cold decode and after a hit, and more than either:");
  console.log("  who reads all pixels of all frames gains what the times behind the drawn columns say, no more.");
  console.log("\nPer size class, geometric means: times as fast as a cold decode");
  printTable(
    ["", "disk", "disk, drawn", "memory"],
    (["small", "medium", "large"] satisfies SizeClass[]).map((sizeClass) => {
      const ofClass = rows.filter(({ gif }) => gif.sizeClass === sizeClass);
      return [
        sizeClass,
        `${mean(ofClass.map(({ cold, disk }) => jobRatio(cold, disk))).toFixed(1)}x`,
        `${mean(ofClass.map(({ coldDrawn, diskDrawn }) => jobRatio(coldDrawn, diskDrawn))).toFixed(1)}x`,
        `${Math.round(mean(ofClass.map(({ memoryTimes }) => memoryTimes)))}x`,
      ];
    }),
  );
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function least<T>(items: readonly T[], value: (item: T) => number): T {
  return items.reduce((a, b) => (value(b) < value(a) ? b : a));
}

function figures(rows: readonly Row[]): Figure[] {
  const worth = rows.filter(({ coldDrawn }) => coldDrawn.ms > WORTH_CACHING_MS);
  const slowest = Math.max(...rows.map(({ memoryUs }) => memoryUs));
  const memory = least(worth, ({ memoryTimes }) => memoryTimes);
  const disk = ({ cold, disk }: Row): number => jobRatio(cold, disk);
  const atLeast = (text: string, of: readonly Row[], value: (row: Row) => number, times: number): Figure => {
    const worst = least(of, value);
    const got = `${value(worst).toFixed(1)}x (${worst.gif.name}), geometric mean ${mean(of.map(value)).toFixed(1)}x`;
    return { text: `${text} >= ${times}x a cold decode`, got, reached: value(worst) >= times };
  };
  const cached = `GIFs whose cold decode takes > ${WORTH_CACHING_MS} ms`;
  return [
    atMost("memory hit, slowest GIF", slowest, MEMORY_HIT_US, "us"),
    {
      text: `memory hit >= ${MEMORY_TIMES}x a cold decode, ${cached}`,
      got: `${Math.round(memory.memoryTimes)}x (${memory.gif.name})`,
      reached: memory.memoryTimes >= MEMORY_TIMES,
    },
    atLeast("disk hit until frames can be used, every GIF, in a process at work,", rows, disk, DISK_TIMES),
  ];
}
