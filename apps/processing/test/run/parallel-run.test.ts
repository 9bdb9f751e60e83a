import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeGif } from "../../src/gif/encode-gif.ts";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { openServices } from "../../src/run/open-services.ts";
import { InterruptedError, Pause } from "../../src/run/pause.ts";
import { renderJob } from "../../src/run/render-job.ts";
import { runPreset } from "../../src/run/run-preset.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";
import { WorkerError } from "../../src/workers/worker-error.ts";
import { ndjsonRows, timeless, writeSample } from "./run-in-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-parallel-run-"));
  mkdirSync(join(folder, "gifs"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A square that moves over a gradient, 2.1 million pixels: enough for threads. */
function longGif(speed: number): Uint8Array {
  const side = 120;
  const frames = Array.from({ length: 150 }, (_, t) => {
    const rgba = new Uint8ClampedArray(4 * side * side);
    for (let at = 0; at < side * side; at++) {
      const [x, y] = [at % side, Math.floor(at / side)];
      const inside = Math.abs(x - ((t * speed) % side)) < 15 && Math.abs(y - 60) < 15;
      rgba.set(inside ? [250, 20, 20, 255] : [x & 0xf8, y & 0xf8, 80, 255], 4 * at);
    }
    return { rgba, delaySeconds: 0.04 };
  });
  return encodeGif(frames, { width: side, height: side });
}

async function run(workers: number): Promise<{ summary: RunSummary; threads: number; rows: unknown[] }> {
  const services = await openServices({
    frameCache: { diskPath: join(folder, `${workers}/frames.db`) },
    validationCache: { diskPath: join(folder, `${workers}/metrics.db`) },
    resizeCache: { clearSignalPath: join(folder, `${workers}/cleared`) },
    workers,
  });
  try {
    const summary = await runPreset({
      preset: PRESETS.get("quick-test")!,
      paths: [join(folder, "gifs")],
      outputFolder: join(folder, `runs-${workers}`),
      services,
      workers,
      extractFrames: false,
      logger: pino({ level: "silent" }),
      giflabVersion: "1",
    });
    const rows = timeless(ndjsonRows(join(summary.outputFolder, "streaming_results.ndjson")));
    return { summary, threads: services.workers.threads, rows };
  } finally {
    await services.close();
  }
}

it("gives the same rows with several threads as in one, counts everything once, and starts none in vain", async () => {
  writeFileSync(join(folder, "gifs/one.gif"), longGif(1));
  writeFileSync(join(folder, "gifs/two.gif"), longGif(3));
  writeFileSync(join(folder, "gifs/bad.gif"), "GIF89a");
  for (const name of ["solid-blink", "gradient-tiny"]) writeSample(join(folder, `gifs/${name}.gif`), name);
  const alone = await run(1);
  const together = await run(3);
  expect(together.rows).toEqual(alone.rows);
  expect(together.rows).toHaveLength(9);
  expect([alone.threads, together.threads > 0]).toEqual([0, true]);
  const { caches, sampling, frames } = together.summary;
  expect(frames).toEqual(alone.summary.frames);
  expect(sampling).toEqual(alone.summary.sampling);
  expect(caches.frame).toEqual(alone.summary.caches.frame);
  // Two pairs of the same pixels that are compared at the same time are both misses.
  const lookUps = ({ hits, misses }: { hits: number; misses: number }): number => hits + misses;
  expect(lookUps(caches.validation)).toBe(lookUps(alone.summary.caches.validation));
  for (const name of ["one", "two"]) rmSync(join(folder, `gifs/${name}.gif`));
  expect((await run(2)).threads).toBe(0);
});

it("renders in this thread when no thread can be had, and does not wait for a thread once it is interrupted", async () => {
  const services = await openServices({ frameCache: { enabled: false }, validationCache: { enabled: false } });
  const bytes = longGif(1) as Uint8Array<ArrayBuffer>;
  const source = { path: "one.gif", bytes, sha: "0" };
  const [pipeline] = PRESETS.get("quick-test")!.pipelines;
  const gif = await services.decode("one.gif", bytes);
  const never = { size: 2, threads: 0, compare: services.workers.compare, render: () => new Promise<never>(() => {}) };
  const without = {
    ...never,
    render: () => Promise.reject(new WorkerError("WORKERS_UNAVAILABLE", "no thread can be started")),
  };
  const here = await renderJob(source, gif, pipeline!, { workers: without, pause: new Pause(), limits: {} });
  expect(here.frameCount).toBe(75);
  const abort = new AbortController();
  const waiting = renderJob(source, gif, pipeline!, { workers: never, pause: new Pause(abort.signal), limits: {} });
  abort.abort();
  await expect(waiting).rejects.toBeInstanceOf(InterruptedError);
  await services.close();
});
