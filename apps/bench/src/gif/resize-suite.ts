import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FRAME_METRICS,
  type FrameHasher,
  type FrameMetric,
  halveGrey,
  loadFrameHasher,
  openServices,
  Picture,
  PRESETS,
  ResizedFrameCache,
  type RgbaImage,
  type RunOptions,
  runPreset,
  type PictureSize as Size,
} from "@giflab/processing";
import { type Figure, lessTime } from "../figure.ts";
import { printTable } from "../table.ts";
import type { BenchGif } from "./bench-set.ts";
import { type FramePair, framePairs } from "./frame-pairs.ts";
import type { GifSuite } from "./gif-suite.ts";
import { type ProcessorTime, processorRatio, processorTimes } from "./processor-time.ts";

const PAIRS = 20;
/** Originals are 480 x 270, results three quarters of that: what both are compared at is the smaller size. */
const SMALLER: Size = { width: 360, height: 203 };
const METRICS: readonly FrameMetric[] = ["mse", "ssim", "ms_ssim", "gmsd", "chist"];
/** Results that an original is compared with: as many as the smallest preset has pipelines. */
const RESULTS = 2;
const SAVED = 0.4;
const REUSED = 80;
const GIFS: readonly string[] = ["medium-flat", "medium-photo"];

interface Row {
  readonly gif: string;
  readonly without: ProcessorTime;
  readonly cached: ProcessorTime;
  readonly metricsOnly: ProcessorTime;
}

/**
 * Several metrics of frames of two sizes, each of which resizes what it compares, as functions that know nothing of each
 * other do: with the cache an original is resized once, and its pyramid made once. The cache is empty at the beginning, and
 * frames are hashed anew. Then runs of the smallest preset, and what they get out of the cache and of scratch memory.
 */
export const resizeSuite: GifSuite = {
  name: "resize-cache",
  run: async (set) => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-resize-bench-"));
    try {
      const hasher = await loadFrameHasher();
      const rows: Row[] = [];
      for (const gif of set.filter(({ name }) => GIFS.includes(name))) rows.push(await measure(gif, hasher, folder));
      const gifs = set.filter(({ sizeClass, real }) => sizeClass !== "large" && !real);
      const rates = await ratesInRuns(gifs, folder);
      print(rows, rates);
      return [
        ...rows.map(({ gif, without, cached }) =>
          lessTime(`${gif}: two sizes`, processorRatio(cached, without), SAVED),
        ),
        morePercent("scratch memory used again, sizes seen before", 100 * rates.steadyPool.ratio, REUSED),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** How a metric comes by an original at the size of its result. */
type Way = (original: RgbaImage, at: number) => Picture;

async function measure(gif: BenchGif, hasher: FrameHasher, folder: string): Promise<Row> {
  const pairs = await framePairs(gif, PAIRS);
  const clearSignalPath = join(folder, "cleared");
  const off = new ResizedFrameCache({ enabled: false, clearSignalPath });
  const results = pairs.map(({ result }) => off.get(result, SMALLER));
  const resized = pairs.map(({ original }) => off.get(original, SMALLER));
  let cache = off;
  const way = (picture: Way): number => compareAll(pairs, results, picture);
  const [without, cached, metricsOnly] = processorTimes(
    [
      { name: "without", run: () => way((original) => pictureOf(off.get(original, SMALLER))) },
      {
        name: "with the cache",
        prepare: () => {
          cache.close();
          cache = new ResizedFrameCache({ hasher, clearSignalPath });
        },
        run: () => {
          const identities = pairs.map(({ original }) => hasher(original));
          return way((original, at) => cachedPicture(cache, original, identities[at]!));
        },
      },
      { name: "metrics only", run: () => way((_, at) => pictureOf(resized[at]!)) },
    ],
    9,
  ) as readonly [ProcessorTime, ProcessorTime, ProcessorTime];
  cache.close();
  return { gif: gif.name, without, cached, metricsOnly };
}

function compareAll(pairs: readonly FramePair[], results: readonly RgbaImage[], picture: Way): number {
  let sum = 0;
  for (let result = 0; result < RESULTS; result++) {
    for (const [at, { original }] of pairs.entries()) {
      for (const metric of METRICS) sum += FRAME_METRICS[metric](picture(original, at), pictureOf(results[at]!));
    }
  }
  return sum;
}

function cachedPicture(cache: ResizedFrameCache, original: RgbaImage, identity: string): Picture {
  const { rgba, width, height } = cache.get(original, SMALLER, { identity });
  const resizedIdentity = `${identity}>${width}x${height}`;
  return new Picture(rgba, width, height, {
    halve: (level) => {
      const size = { width: level.width >> 1, height: level.height >> 1 };
      return cache.level(resizedIdentity, size, () => halveGrey(level));
    },
  });
}

function pictureOf({ rgba, width, height }: RgbaImage): Picture {
  return new Picture(rgba, width, height);
}

/** Hits out of requests. */
class Rate {
  hits = 0;
  requests = 0;

  count(outcome: string | undefined): void {
    this.requests++;
    if (outcome === "hit") this.hits++;
  }

  get ratio(): number {
    return this.requests === 0 ? Number.NaN : this.hits / this.requests;
  }

  get percent(): string {
    return `${(100 * this.ratio).toFixed(1)} % of ${this.requests}`;
  }
}

/** Of a run over GIFs of sizes not seen before, and of the same run again: scratch memory of their sizes waits by then. */
interface RunRates {
  readonly cache: Rate;
  readonly pool: Rate;
  readonly steadyPool: Rate;
}

/** Runs the smallest preset twice, every metric computed, and listens to what cache and pool tell. */
async function ratesInRuns(gifs: readonly BenchGif[], folder: string): Promise<RunRates> {
  const rates: RunRates = { cache: new Rate(), pool: new Rate(), steadyPool: new Rate() };
  let steady = false;
  const listen = (message: unknown): void => {
    const { cache, operation, outcome } = message as { cache: string; operation: string; outcome?: string };
    if (operation !== "get") return;
    if (cache === "resize" && !steady) rates.cache.count(outcome);
    if (cache === "resize.buffer_pool") (steady ? rates.steadyPool : rates.pool).count(outcome);
  };
  const services = await openServices({
    frameCache: { diskPath: join(folder, "frame.db") },
    validationCache: { enabled: false },
    resizeCache: { clearSignalPath: join(folder, "cleared") },
  });
  subscribe("giflab:cache", listen);
  try {
    for (steady of [false, true]) {
      await runPreset({
        preset: PRESETS.get("quick-test")!,
        paths: gifs.map(({ path }) => path),
        outputFolder: join(folder, "runs"),
        services,
        extractFrames: false,
        logger: SILENT,
        giflabVersion: "0.0.0",
      });
    }
  } finally {
    unsubscribe("giflab:cache", listen);
    await services.close();
  }
  return rates;
}

const nothing = (): void => {};
const SILENT = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: console.error,
} as unknown as RunOptions["logger"];

function print(rows: readonly Row[], rates: RunRates): void {
  console.log(
    `\nResized-frame cache: ms of processor time for ${METRICS.length} metrics of ${PAIRS} originals with ${RESULTS} smaller results each`,
  );
  printTable(
    ["", "without", "with", "metrics only", "less"],
    rows.map(({ gif, without, cached, metricsOnly }) => [
      gif,
      ...[without, cached, metricsOnly].map(({ ms }) => ms.toFixed(1)),
      `${(100 * (1 - processorRatio(cached, without))).toFixed(1)} %`,
    ]),
  );
  console.log("\nTwo runs of quick-test over the small and medium GIFs, caches empty at the beginning");
  printTable(
    ["", "hits or reuses"],
    [
      ["resized frames and levels, first run", rates.cache.percent],
      ["scratch memory, first run", rates.pool.percent],
      ["scratch memory, second run", rates.steadyPool.percent],
    ],
  );
}

/** `what` happens in more than so many per cent. */
function morePercent(what: string, got: number, least: number): Figure {
  return { text: `${what} > ${least} %`, got: `${got.toFixed(1)} %`, reached: got > least };
}
