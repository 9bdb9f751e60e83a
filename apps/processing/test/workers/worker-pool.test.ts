import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { encodeGif } from "../../src/gif/encode-gif.ts";
import { GifError } from "../../src/gif/gif-error.ts";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { renderPipeline } from "../../src/pipeline/render-pipeline.ts";
import { compareImages } from "../../src/quality/compare-images.ts";
import { FRAME_METRICS, type FrameMetric } from "../../src/quality/frame-metrics.ts";
import { Picture } from "../../src/quality/picture.ts";
import type { ComparedImage, CompareJob } from "../../src/workers/pixel-job.ts";
import { WorkerPool, type WorkerPoolOptions } from "../../src/workers/worker-pool.ts";

const METRICS = Object.keys(FRAME_METRICS) as FrameMetric[];

const pools: WorkerPool[] = [];
function pool(options?: WorkerPoolOptions): WorkerPool {
  const made = new WorkerPool(options);
  pools.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close({ abandon: true })));
});

function noise(seed: number, width = 40, height = 30): ComparedImage {
  const random = seededRandom(seed);
  return { width, height, rgba: Uint8ClampedArray.from({ length: 4 * width * height }, () => random() * 256) };
}

function job(seed: number): CompareJob {
  return { a: noise(seed), b: noise(seed + 1), metrics: METRICS };
}

const url = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url);
const crashing = { url: url("crashing-worker.ts"), execArgv: [] };
const fine: CompareJob = { ...job(1), metrics: ["mse"] };
const fatal: CompareJob = { ...job(1), metrics: [] };

describe("WorkerPool.compare", () => {
  it("gives each job its own values, the same as without threads", async () => {
    const threads = pool({ size: 2 });
    const jobs = Array.from({ length: 25 }, (_, seed) => job(3 * seed));
    const found = await Promise.all(jobs.map((one) => threads.compare(one)));
    expect(found).toEqual(jobs.map(({ a, b }) => compareImages(a, b, METRICS)));
    expect(threads.threads).toBe(2);
  });

  it("brings frames of different sizes to the smaller sides", async () => {
    const different = { a: noise(1, 40, 20), b: noise(2, 30, 31), metrics: METRICS };
    const found = await pool().compare(different);
    expect(found).toEqual(compareImages(different.a, different.b, METRICS));
    expect(found.ssim).toBeGreaterThan(0);
  });

  it("takes the pyramid levels it is given instead of making them", async () => {
    const [a, b] = [noise(1, 64, 64), noise(2, 64, 64)];
    const halvings = new Picture(a.rgba, 64, 64).levels.slice(1);
    const threads = pool();
    const made = await threads.compare({ a, b, metrics: ["ms_ssim"] });
    expect(await threads.compare({ a: { ...a, halvings }, b, metrics: ["ms_ssim"] })).toEqual(made);
    const black = halvings.map((level) => ({ ...level, pixels: new Uint8Array(level.pixels.length) }));
    expect(await threads.compare({ a: { ...a, halvings: black }, b, metrics: ["ms_ssim"] })).not.toEqual(made);
  });

  it("starts no thread before the first job and none beyond those that have work", async () => {
    const threads = pool({ size: 4 });
    expect(threads.threads).toBe(0);
    for (let round = 0; round < 3; round++) await threads.compare(job(round));
    expect(threads.threads).toBe(1);
  });

  it("leaves the caller's frames as they are", async () => {
    const one = job(7);
    const before = Uint8ClampedArray.from(one.a.rgba);
    await pool().compare(one);
    expect(one.a.rgba).toEqual(before);
  });

  it("refuses a frame whose length does not fit", async () => {
    const short = { ...noise(1), rgba: new Uint8ClampedArray(8) };
    await expect(pool().compare({ a: short, b: noise(2), metrics: METRICS })).rejects.toThrow(
      new RangeError("a frame of 40 x 30 has 4800 bytes of RGBA, got 8"),
    );
  });
});

describe("WorkerPool.render", () => {
  const preset = PRESETS.get("quick-test")!;
  const [pipeline] = preset.pipelines;
  const frames = [1, 2, 3, 4].map((seed) => ({ rgba: opaque(noise(seed)), delaySeconds: 0.1 }));
  const gif = encodeGif(frames, { width: 40, height: 30 });

  it("makes the same file as the main thread, from a view of larger memory that stays the caller's", async () => {
    const larger = new Uint8Array(gif.length + 10);
    larger.set(gif, 5);
    const bytes = larger.subarray(5, 5 + gif.length);
    const threads = pool();
    const found = await threads.render({ bytes, pipelineId: pipeline!.id });
    const wanted = await renderPipeline({ bytes: gif }, pipeline!, pipeline!.parameters);
    expect({ ...found, seconds: 0 }).toEqual({ ...wanted, seconds: 0 });
    expect(found.seconds).toBeGreaterThan(0);
    expect([...bytes]).toEqual([...gif]);
    const parameters = { ...pipeline!.parameters, frameRatio: 1 };
    expect(await threads.render({ bytes, pipelineId: pipeline!.id, parameters })).toMatchObject({ frameCount: 4 });
  });

  it("rejects with the error of the job, its class and its code", async () => {
    const bytes = new TextEncoder().encode("not a picture at all");
    const failed = pool().render({ bytes, pipelineId: pipeline!.id });
    await expect(failed).rejects.toBeInstanceOf(GifError);
    await expect(failed).rejects.toMatchObject({ name: "GifError", code: "NOT_A_GIF" });
  });

  it("refuses pipelines that no preset has, and those that start other programs", async () => {
    const engines = [...PRESETS.values()].flatMap(({ pipelines }) => pipelines).find((one) => one.engines.length > 0)!;
    for (const pipelineId of ["none", engines.id]) {
      await expect(pool().render({ bytes: gif, pipelineId })).rejects.toThrow(
        new RangeError(`pipelineId must be a pipeline of a preset without external engines, got "${pipelineId}"`),
      );
    }
  });
});

describe("a crash", () => {
  it("is told to the job that met it, and the next job gets another thread", async () => {
    const threads = pool({ size: 1, entry: crashing });
    await expect(threads.compare(fatal)).rejects.toMatchObject({
      name: "WorkerError",
      code: "WORKER_CRASHED",
      message: expect.stringContaining("out of luck"),
    });
    expect(await threads.compare(fine)).toEqual({});
    expect(threads.threads).toBe(1);
  });

  it("leaves jobs that wait to the next thread", async () => {
    const threads = pool({ size: 1, entry: crashing });
    const outcomes = await Promise.allSettled([fatal, fine, fine, fine].map((one) => threads.compare(one)));
    // The second was in the hands of the thread already.
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled", "fulfilled"]);
  });

  it("of one thread after the other ends the pool instead of starting threads for ever", async () => {
    const threads = pool({ size: 1, entry: { url: url("no-such-worker.ts"), execArgv: [] } });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => threads.compare(fine)));
    const codes = outcomes.map((outcome) => outcome.status === "rejected" && (outcome.reason as { code: string }).code);
    expect(codes).toEqual([
      ...Array.from({ length: 6 }, () => "WORKER_CRASHED"),
      ...Array.from({ length: 14 }, () => "WORKERS_UNAVAILABLE"),
    ]);
    await expect(threads.compare(fine)).rejects.toMatchObject({ code: "WORKERS_UNAVAILABLE" });
    expect(threads.threads).toBe(0);
  });
});

describe("WorkerPool.close", () => {
  it("waits for the jobs there are, and refuses later ones", async () => {
    const threads = pool({ size: 1 });
    const jobs = Array.from({ length: 8 }, (_, seed) => threads.compare(job(seed)));
    await threads.close();
    expect(await Promise.all(jobs)).toHaveLength(8);
    expect(threads.threads).toBe(0);
    await expect(threads.compare(job(1))).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await threads.close();
  });

  it("abandons them when told to, and then hurries a close that waits", async () => {
    const threads = pool({ size: 1 });
    const jobs = Array.from({ length: 50 }, (_, seed) => threads.compare(job(seed)));
    const waiting = threads.close();
    const outcomes = Promise.allSettled(jobs);
    await threads.close({ abandon: true });
    await waiting;
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "POOL_CLOSED" } });
  });
});

describe("a process that leaves its pool open", () => {
  const script = fileURLToPath(url("idle-pool.ts"));
  const wanted = { values: [{ mse: 9 }, { mse: 9 }, { mse: 9 }], threads: 2 };
  const run = async (...flags: readonly string[]): Promise<unknown> =>
    JSON.parse((await promisify(execFile)(process.execPath, [...flags, script], { timeout: 30_000 })).stdout);

  it("ends by itself, from source", async () => {
    expect(await run("--conditions=@giflab/source")).toEqual(wanted);
  });

  const built = new URL("../../dist/workers/pixel-worker.js", import.meta.url);
  it.runIf(existsSync(built))("ends by itself, from the built package", async () => {
    expect(await run()).toEqual(wanted);
  });
});

it("refuses a size that is none", () => {
  for (const size of [0, -1, 1.5, 257, Number.NaN]) {
    expect(() => new WorkerPool({ size })).toThrow(`size must be a whole number of 1 to 256 threads, got ${size}`);
  }
});

function opaque({ rgba }: ComparedImage): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(rgba, (value, at) => (at % 4 === 3 ? 255 : value));
}
