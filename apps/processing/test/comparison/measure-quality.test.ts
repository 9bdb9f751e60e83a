import { afterEach, describe, expect, it } from "vitest";
import { measureQuality } from "../../src/comparison/measure-quality.ts";
import type { QualityReport } from "../../src/comparison/quality-report.ts";
import type { GifFrame } from "../../src/gif/decoded-gif.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import type { Animation } from "../../src/pipeline/animation.ts";
import { compositeQuality } from "../../src/quality/composite-quality.ts";
import { FRAME_METRICS, type FrameMetric } from "../../src/quality/frame-metrics.ts";
import { openServices, type ServiceOptions } from "../../src/run/open-services.ts";
import { Pause } from "../../src/run/pause.ts";
import type { PipelineServices } from "../../src/run/pipeline-services.ts";
import type { CompareJob } from "../../src/workers/pixel-job.ts";
import { WorkerPool } from "../../src/workers/worker-pool.ts";

const METRICS = Object.keys(FRAME_METRICS) as FrameMetric[];

/** Waves that move; `noise` is added to each pixel, `fade` darkens frame after frame. */
function waves(
  frames: number,
  { width, height }: { readonly width: number; readonly height: number },
  { noise = 0, seed = 1, fade = 0 } = {},
): Animation {
  const random = seededRandom(seed);
  const made = Array.from({ length: frames }, (_, t): GifFrame => {
    const rgba = new Uint8ClampedArray(4 * width * height);
    for (let at = 0; at < width * height; at++) {
      const value = 128 + 60 * Math.sin(((at % width) + 3 * t) / 9) + 40 * Math.cos(at / width / 7);
      const grain = noise === 0 ? 0 : (random() - 0.5) * noise;
      rgba.set([value + grain - fade * t, 0.8 * value + grain, 255 - value + grain, 255], 4 * at);
    }
    return { rgba, delaySeconds: 0.1 };
  });
  return { width, height, frames: made, loopCount: 0 };
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function services(options: ServiceOptions = {}): Promise<PipelineServices> {
  const made = await openServices({
    frameCache: { enabled: false },
    validationCache: { enabled: false },
    frameSampling: { enabled: false },
    workers: 2,
    ...options,
  });
  opened.push(made);
  return made;
}

/** The services as if their threads ran already, and the jobs these get. */
function withThreads(own: PipelineServices, pool: Pick<WorkerPool, "compare"> = own.workers) {
  const jobs: CompareJob[] = [];
  const compare = (job: CompareJob) => {
    jobs.push(job);
    return pool.compare(job);
  };
  return { jobs, services: { ...own, workers: { ...own.workers, size: 2, threads: 2, compare } } };
}

/** A report without the time that sampling took, which is never the same twice. */
function timeless(report: QualityReport): QualityReport {
  return { ...report, sampling: { ...report.sampling, seconds: 0 } as QualityReport["sampling"] };
}

const SIZE = { width: 128, height: 96 };
const original = waves(20, SIZE);
const result = waves(20, SIZE, { noise: 40 });

describe("measureQuality with threads", () => {
  it("finds the same as without", async () => {
    const alone = await measureQuality(original, result, await services({ workers: 1 }), new Pause());
    const { jobs, services: threaded } = withThreads(await services());
    expect(timeless(await measureQuality(original, result, threaded, new Pause()))).toEqual(timeless(alone));
    expect(jobs).toHaveLength(20);
    expect(alone.framesCompared).toBe(20);
    expect(alone.metrics.ssim.mean).toBeLessThan(0.9);
  });

  it("finds the same of results of another size, and of samples that are taken until they are enough", async () => {
    const smaller = waves(80, { width: 180, height: 140 }, { noise: 20 });
    const longer = waves(80, { width: 190, height: 150 });
    const frameSampling = { enabled: true, defaultStrategy: "progressive" } as const;
    const alone = await services({ workers: 1, frameSampling });
    const expected = await measureQuality(longer, smaller, alone, new Pause());
    const { jobs, services: threaded } = withThreads(await services({ frameSampling }));
    expect(timeless(await measureQuality(longer, smaller, threaded, new Pause()))).toEqual(timeless(expected));
    expect(expected.sampling.strategyUsed).toBe("progressive");
    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs.length).toBeLessThan(80);
  });

  it("starts them for a long animation only", async () => {
    const own = await services();
    await measureQuality(original, result, own, new Pause());
    expect(own.workers.threads).toBe(0);
    const size = { width: 512, height: 500 };
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await measureQuality(waves(24, size), waves(24, size, { noise: 9 }), own, new Pause());
    clearInterval(timer);
    expect(own.workers.threads).toBe(2);
    // Others have their turn meanwhile.
    expect(ticks).toBeGreaterThan(5);
  });

  it("asks them only for what the validation cache does not know, and tells it what they found", async () => {
    const validationCache = { enabled: true, diskLimitMb: 0, metrics: { fsim: false } };
    const { jobs, services: threaded } = withThreads(await services({ validationCache }));
    const first = await measureQuality(original, result, threaded, new Pause());
    expect(jobs.splice(0).map(({ metrics }) => metrics)).toEqual(original.frames.map(() => METRICS));
    expect(timeless(await measureQuality(original, result, threaded, new Pause()))).toEqual(timeless(first));
    expect(jobs.map(({ metrics }) => metrics)).toEqual(original.frames.map(() => ["fsim"]));
  });

  it("takes the pyramid of an original from the cache when it is compared with a second result", async () => {
    const own = await services();
    let made = 0;
    const level: PipelineServices["level"] = (identity, size, make) =>
      own.level(identity, size, () => {
        made++;
        return make();
      });
    const { jobs, services: threaded } = withThreads({ ...own, level });
    await measureQuality(original, result, threaded, new Pause());
    // 64 x 48, 32 x 24 and 16 x 12 of each frame; 8 x 6 would be too small.
    expect(made).toBe(60);
    await measureQuality(original, waves(20, SIZE, { noise: 10 }), threaded, new Pause());
    expect(made).toBe(60);
    expect(jobs.map(({ a, b }) => [a.halvings?.length, b.halvings?.length])).toEqual(
      Array.from({ length: 40 }, () => [3, undefined]),
    );
  });

  it("does the work itself where no thread can be started", async () => {
    const pool = new WorkerPool({ size: 1, entry: { url: new URL("missing.ts", import.meta.url), execArgv: [] } });
    opened.push(pool);
    const job = { a: { ...SIZE, rgba: original.frames[0]!.rgba }, b: { ...SIZE, rgba: original.frames[0]!.rgba } };
    const lost = Array.from({ length: 6 }, () => pool.compare({ ...job, metrics: ["mse"] }));
    expect((await Promise.allSettled(lost)).map(({ status }) => status)).not.toContain("fulfilled");
    const { jobs, services: threaded } = withThreads(await services(), pool);
    const alone = await measureQuality(original, result, await services({ workers: 1 }), new Pause());
    expect(timeless(await measureQuality(original, result, threaded, new Pause()))).toEqual(timeless(alone));
    expect(jobs.length).toBeGreaterThan(0);
  });

  it("rejects with the error of a thread that crashes", async () => {
    const url = new URL("missing.ts", import.meta.url);
    const pool = new WorkerPool({ size: 1, entry: { url, execArgv: [] } });
    opened.push(pool);
    const { services: threaded } = withThreads(await services(), pool);
    const failed = measureQuality(original, result, threaded, new Pause());
    await expect(failed).rejects.toMatchObject({ code: "WORKER_CRASHED" });
  });

  it("ends between two comparisons when it is interrupted", async () => {
    const stop = new AbortController();
    const { jobs, services: threaded } = withThreads(await services());
    const compare: WorkerPool["compare"] = (job) => {
      if (jobs.length === 3) stop.abort();
      return threaded.workers.compare(job);
    };
    const stopping = { ...threaded, workers: { ...threaded.workers, compare } };
    const failed = measureQuality(original, result, stopping, new Pause(stop.signal));
    await expect(failed).rejects.toMatchObject({ name: "InterruptedError" });
    expect(jobs.length).toBeLessThan(20);
  });
});

describe("the report", () => {
  const few = waves(5, SIZE);

  it("is perfect for an animation and itself", async () => {
    const report = await measureQuality(few, few, await services(), new Pause());
    const best = { ssim: 1, ms_ssim: 1, mse: 0, rmse: 0, psnr: 100, gmsd: 0, fsim: 1, chist: 1 };
    for (const [name, value] of Object.entries({ ...best, edge_similarity: 1, texture_similarity: 1 })) {
      const spread = report.metrics[name as keyof QualityReport["metrics"]];
      expect(spread, name).toEqual({ mean: value, std: 0, min: value, max: value });
    }
    expect(report).toMatchObject({ framesCompared: 5, temporalConsistency: expect.closeTo(1, 2) });
    expect(report.compositeQuality).toBeCloseTo(1, 3);
    expect(report).not.toHaveProperty("tier");
  });

  it("tells how metrics spread, and what they are at the ends and in the middle", async () => {
    // Red is 0, 2, 4, 6 and 8 darker: squared errors of 0, 4, 16, 36 and 64 on one of three channels.
    const { metrics, positions } = await measureQuality(
      few,
      waves(5, SIZE, { fade: 2 }),
      await services(),
      new Pause(),
    );
    const errors = [0, 4, 16, 36, 64].map((square) => square / 3);
    const mean = 40 / 3 - 16 / 3;
    expect(metrics.mse.mean).toBeCloseTo(mean, 1);
    expect(metrics.mse.std ** 2).toBeCloseTo(errors.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 5, 0);
    expect([metrics.mse.min, metrics.mse.max]).toEqual([0, expect.closeTo(64 / 3, 1)]);
    const { first, middle, last, variance } = positions.mse!;
    expect([first, middle, last]).toEqual([0, expect.closeTo(16 / 3, 1), metrics.mse.max]);
    const third = (first + middle + last) / 3;
    expect(variance).toBeCloseTo(((first - third) ** 2 + (middle - third) ** 2 + (last - third) ** 2) / 3, 9);
    expect(Object.keys(positions).sort()).toEqual(["chist", "fsim", "mse", "ssim"]);
  });

  it("weighs only what was measured when a good result is given fewer metrics", async () => {
    const measure = async (noise: number): Promise<QualityReport> =>
      measureQuality(few, waves(5, SIZE, { noise }), await services(), new Pause(), { metrics: "conditional" });
    const good = await measure(6);
    const fair = await measure(30);
    const bad = await measure(120);
    expect([good.tier, fair.tier, bad.tier]).toEqual(["high", "medium", "low"]);
    expect(Object.keys(good.metrics).sort()).toEqual(["mse", "psnr", "rmse", "ssim"]);
    expect(Object.keys(fair.metrics).sort()).toEqual(["fsim", "gmsd", "ms_ssim", "mse", "psnr", "rmse", "ssim"]);
    expect(Object.keys(bad.metrics)).toHaveLength(METRICS.length + 2);
    const { mse, psnr, ssim } = good.metrics;
    expect(good.compositeQuality).toBe(
      compositeQuality({
        mse: mse.mean,
        psnrDb: psnr.mean,
        ssim: ssim.mean,
        temporalConsistency: good.temporalConsistency,
      }),
    );
  });
});
