import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeGif } from "../../src/gif/decode-gif.ts";
import { compareFrames } from "../../src/quality/compare-frames.ts";
import { findGifs } from "../../src/run/find-gifs.ts";
import { formatRunSummary } from "../../src/run/format-run-summary.ts";
import { openServices } from "../../src/run/open-services.ts";
import type { RunOptions } from "../../src/run/run-preset.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";
import { corpusFolder, hasCorpus } from "../gif/corpus.ts";
import { gifBytes } from "../gif/gif-bytes.ts";
import { csvRows, runInFolder, writeSample } from "./run-in-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(paths: readonly string[], more: Partial<RunOptions> = {}): Promise<RunSummary> {
  return runInFolder(folder, paths, more);
}

function sample(name: string): string {
  return writeSample(join(folder, `${name}.gif`), name);
}

function rows(summary: RunSummary): Record<string, string>[] {
  return csvRows(join(summary.outputFolder, "streaming_results.csv"));
}

describe("runPreset", () => {
  it("writes a row, a smaller GIF and its quality for every pipeline, and judges the pipelines", async () => {
    const path = sample("geometric-shapes");
    const summary = await run([path]);
    expect(summary).toMatchObject({
      interrupted: false,
      gifs: 1,
      processed: 1,
      failed: 0,
      jobs: 2,
      jobsFailed: 0,
    });
    const written = rows(summary);
    expect(written).toHaveLength(2);
    for (const row of written) {
      expect(row).toMatchObject({
        gif_name: "geometric-shapes",
        success: "true",
        orig_frames: "16",
        compressed_frame_count: "8",
        giflab_version: "1.2.3",
        engine_version: expect.stringMatching(/gifenc \d+\.\d+\.\d+/),
        validation_passed: "true",
        error: "",
      });
      const result = join(
        summary.outputFolder,
        `geometric-shapes-${row["gif_sha"]!.slice(0, 8)}`,
        `${row["pipeline_id"]}.gif`,
      );
      expect(Number(row["file_size_kb"]) * 1024).toBeCloseTo(statSync(result).size, 6);
      expect(Number(row["compression_ratio"])).toBeCloseTo(statSync(path).size / statSync(result).size, 9);
      expect(Number(row["ssim_mean"])).toBeGreaterThan(0.9);
      expect(Number(row["composite_quality"])).toBeGreaterThan(0.8);
    }
    expect(summary.pipelines.map(({ jobs, eliminatedBecause }) => [jobs, eliminatedBecause])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    expect(readdirSync(summary.outputFolder).sort()).toEqual([
      ".run.lock",
      "elimination_summary.json",
      "elimination_test_results.csv",
      expect.stringMatching(/^elimination_test_results_\d{8}_\d{6}\.csv$/),
      expect.stringMatching(/^geometric-shapes-[0-9a-f]{8}$/),
      "pareto_animation.csv",
      "pareto_overall.csv",
      "pareto_pipelines.csv",
      "run.json",
      "streaming_results.csv",
      "streaming_results.ndjson",
    ]);
    const [own] = readdirSync(summary.outputFolder).filter((name) => name.startsWith("geometric"));
    const results = summary.pipelines.map(({ pipelineId }) => `${pipelineId}.gif`);
    expect(readdirSync(join(summary.outputFolder, own!)).sort()).toEqual(
      [...results, "frames", "original.gif", "preview.png"].sort(),
    );
    expect(readFileSync(join(summary.outputFolder, own!, "original.gif"))).toEqual(readFileSync(path));
    expect(readdirSync(join(summary.outputFolder, own!, "frames"))).toHaveLength(16);
    const saved = JSON.parse(readFileSync(join(summary.outputFolder, "elimination_summary.json"), "utf8"));
    expect(saved).toEqual(JSON.parse(JSON.stringify(summary)));
  });

  it("reports the quality that comparing the written file frame by frame gives", async () => {
    const path = sample("gradient-radial");
    const summary = await run([path]);
    const original = await decodeGif(path);
    const row = rows(summary).find((one) => one["pipeline_id"]!.startsWith("even-frame"))!;
    const result = await decodeGif(
      join(summary.outputFolder, `gradient-radial-${row["gif_sha"]!.slice(0, 8)}`, `${row["pipeline_id"]}.gif`),
    );
    // Ten frames, of which the even spread keeps five: numpy's linspace(0, 9, 5), truncated.
    const compared = [0, 2, 4, 6, 9].map((from, at) =>
      compareFrames(original.frames[from]!.rgba, result.frames[at]!.rgba, original),
    );
    const mean = (pick: (one: (typeof compared)[number]) => number): number =>
      compared.reduce((sum, one) => sum + pick(one), 0) / 5;
    expect(Number(row["ssim_mean"])).toBeCloseTo(
      mean((one) => one.ssim),
      12,
    );
    expect(Number(row["ms_ssim_mean"])).toBeCloseTo(
      mean((one) => one.msSsim),
      12,
    );
    expect(Number(row["mse_mean"])).toBeCloseTo(
      mean((one) => one.mse),
      9,
    );
    expect(Number(row["psnr_mean"])).toBeCloseTo(
      mean((one) => one.psnrDb),
      9,
    );
    expect(Number(row["gmsd_mean"])).toBeCloseTo(
      mean((one) => one.gmsd),
      12,
    );
    expect(Number(row["texture_similarity_mean"])).toBeCloseTo(
      mean((one) => one.textureSimilarity),
      12,
    );
  });

  it("finds everything in the caches the second time, with the same results", async () => {
    const paths = [sample("gradient-tiny"), sample("motion-fast")];
    const cold = await run(paths);
    const warm = await run(paths);
    expect(cold.caches.frame).toMatchObject({ misses: 2, hitsByTier: { memory: 4 } });
    expect(warm.caches.frame).toMatchObject({ misses: 0, hitsByTier: { disk: 2, memory: 4 } });
    expect(cold.caches.validation.misses).toBeGreaterThan(0);
    expect(warm.caches.validation).toMatchObject({
      misses: 0,
      hits: cold.caches.validation.hits + cold.caches.validation.misses,
    });
    expect(cold.caches.resize.misses).toBeGreaterThan(0);
    const values = (summary: RunSummary): unknown[] =>
      rows(summary).map(({ ssim_mean, ms_ssim_mean, composite_quality, file_size_kb }) => [
        ssim_mean,
        ms_ssim_mean,
        composite_quality,
        file_size_kb,
      ]);
    expect(values(warm)).toEqual(values(cold));
    expect(warm.sampling.byStrategy).toEqual({ "uniform (full)": 2, uniform: 2 });
    expect(formatRunSummary(warm)).toMatch(/frames +100 % hits: 6 of 6 \(2 from disk, 4 from memory\)/);
  });

  it("makes a bad file a row with its reason and goes on", async () => {
    mkdirSync(join(folder, "bad"));
    const bad = {
      "note.gif": "text",
      "empty.gif": "",
      "cut.gif": "GIF89a",
      "huge.gif": gifBytes({ width: 60_000, height: 60_000 }, []),
    };
    for (const [name, content] of Object.entries(bad)) writeFileSync(join(folder, "bad", name), content);
    symlinkSync("nowhere", join(folder, "bad/gone.gif"));
    const summary = await run([join(folder, "bad"), sample("solid-static")]);
    expect(summary).toMatchObject({ gifs: 6, processed: 1, failed: 5, jobs: 12, jobsFailed: 10 });
    expect(summary.failures.map((failure) => failure.reason)).toEqual([
      "corrupt",
      "not a GIF",
      "unreadable",
      "too large",
      "not a GIF",
    ]);
    expect(summary.failuresByReason).toEqual({ corrupt: 1, "not a GIF": 2, unreadable: 1, "too large": 1 });
    const written = rows(summary);
    expect(written.map((row) => row["success"])).toEqual(["false", "false", "false", "false", "false", "true", "true"]);
    expect(written[3]).toMatchObject({ gif_name: "huge", error_reason: "too large", pipeline_id: "" });
    expect(written[3]!["error_timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(formatRunSummary(summary)).toContain("Not processed: 1 corrupt, 2 not a GIF, 1 unreadable, 1 too large");
    const failed = JSON.parse(readFileSync(join(summary.outputFolder, "failed_pipelines.json"), "utf8"));
    expect(failed).toHaveLength(5);
    expect(failed[0]).toMatchObject({
      gif_name: "cut",
      error_traceback: expect.stringContaining("GifError: the file ends"),
    });
  });

  it("keeps what was done when it is interrupted, and says so", async () => {
    const abort = new AbortController();
    const paths = [sample("solid-static"), sample("many-colors"), sample("mixed-content")];
    const summary = await run(paths, {
      signal: abort.signal,
      onProgress: (done) => {
        if (done === 1) abort.abort();
      },
    });
    expect(summary).toMatchObject({ interrupted: true, gifs: 3, processed: 1, failed: 0 });
    expect(summary.frames.decoded).toBeGreaterThan(0);
    expect(rows(summary)).toHaveLength(2);
    expect(formatRunSummary(summary)).toMatch(/^Interrupted after .* 1 of 3 GIFs processed/);
  });

  it("fails with the system's error when the output cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(run([sample("solid-static")], { outputFolder: join(folder, "file/runs") })).rejects.toMatchObject({
      code: "ENOTDIR",
    });
  });

  it("gives GIFs of the same name folders of their own, and works on several at once", async () => {
    const paths = await Promise.all(
      ["solid-static", "solid-blink", "gradient-tiny"].map(async (name, at) => {
        const { mkdir, rename } = await import("node:fs/promises");
        await mkdir(join(folder, String(at)));
        await rename(sample(name), join(folder, String(at), "same.gif"));
        return join(folder, String(at), "same.gif");
      }),
    );
    const summary = await run(paths, { workers: 3 });
    expect(summary.processed).toBe(3);
    expect(readdirSync(summary.outputFolder).filter((name) => name.startsWith("same-"))).toHaveLength(3);
  });

  it("leaves no preview and goes on where sharp is not to be had", async () => {
    const services = await openServices({
      frameCache: { enabled: false },
      validationCache: { enabled: false },
      resizeCache: { enabled: false },
    });
    const summary = await run([sample("solid-static")], { services: { ...services, preview: async () => undefined } });
    await services.close();
    expect(summary.processed).toBe(1);
    const [made] = readdirSync(summary.outputFolder).filter((name) => name.startsWith("solid-static-"));
    expect(readdirSync(join(summary.outputFolder, made!))).not.toContain("preview.png");
  });
});

describe.runIf(hasCorpus)("runPreset on other decoders' test files", () => {
  it("processes what can be decoded and reports every other with its reason", async () => {
    const all = await Array.fromAsync(findGifs([corpusFolder]));
    // The large ones take seconds each: they belong to the long run.
    const paths =
      process.env["GIFLAB_TEST_LONG"] === "1"
        ? all
        : all.filter((path) => !/gifplayer|large-gif|libvips|max-width/.test(path));
    const summary = await run(paths);
    expect(
      Object.fromEntries(summary.failures.map(({ path, reason }) => [path.slice(corpusFolder.length + 1), reason])),
    ).toEqual({
      "image-gif-issue-101-infinite-empty-loop.gif": "too large",
      "image-gif-issue-117-out-of-range.gif": "corrupt",
      "pillow-zero_width.gif": "empty",
      "pygif-zero-size.gif": "empty",
      "wuffs-no-frames.gif": "empty",
    });
    expect(summary.processed).toBe(paths.length - 5);
    expect(summary.jobsFailed).toBe(10);
  });
});
