import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";
import { csvRows } from "../run/run-in-folder.ts";

const RUN = fileURLToPath(new URL("fixtures/run-command.ts", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-run-command-"));
  mkdirSync(join(folder, "gifs"));
  for (const name of ["solid-static", "gradient-tiny"]) {
    writeFileSync(join(folder, `gifs/${name}.gif`), makeSampleGif(SAMPLE_SCENES.find((scene) => scene.name === name)!));
  }
  writeFileSync(join(folder, "gifs/broken.gif"), "GIF89a");
  mkdirSync(join(folder, "none"));
  writeFileSync(join(folder, "none/text.gif"), "text");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in the test's folder, which is also its HOME. `interruptAt`: text on stderr that brings a Ctrl-C. */
function run(args: readonly string[], env: Record<string, string> = {}, interruptAt?: string): Promise<Finished> {
  return spawned(process.execPath, ["--conditions=@giflab/source", RUN, ...args], env, interruptAt);
}

function spawned(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  interruptAt?: string,
): Promise<Finished> {
  const { GIFLAB_LOG_LEVEL: _, ...inherited } = process.env;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...inherited, HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      const before = stderr;
      stderr += chunk.toString();
      if (interruptAt !== undefined && !before.includes(interruptAt) && stderr.includes(interruptAt))
        child.kill("SIGINT");
    });
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

describe("giflab run", () => {
  it("processes a folder, reports the bad file and exits 0; --json prints the summary and nothing else", async () => {
    const { code, stdout, stderr } = await run(["gifs", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ preset: "quick-test", gifs: 3, processed: 2, failed: 1, jobs: 6, jobsFailed: 2 });
    expect(summary.failures).toMatchObject([{ reason: "corrupt", path: join(folder, "gifs/broken.gif") }]);
    expect(existsSync(join(folder, "results/runs/latest/streaming_results.csv"))).toBe(true);
    expect(readdirSync(join(folder, ".giflab_cache")).sort()).toEqual(
      expect.arrayContaining(["frame_cache.db", "validation_cache.db"]),
    );
    const log = readFileSync(join(folder, "logs/giflab.log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
    expect(log).toEqual(["run started", "not processed", "processed", "processed", "run finished"]);
  });

  it("is warm in the next process: frames and metric values come from disk", async () => {
    const { stdout } = await run(["gifs", "-o", "elsewhere"]);
    expect(stdout).toMatch(/2 of 3 GIFs processed, 1 failed/);
    expect(stdout).toMatch(/metric results +100 % hits: (\d+) of \1 \(\d+ from disk/);
    expect(stdout).toMatch(/Not processed: 1 corrupt\n {2}.*broken\.gif: .*ends inside its header/);
    expect(stdout).toContain("Results: elsewhere/001-quick-test-");
  });

  it("exits 1 when no file could be processed", async () => {
    const { code, stdout } = await run(["none"]);
    expect(code).toBe(1);
    expect(stdout).toContain("Not processed: 1 not a GIF");
  });

  it("exits 2 for what it was not meant to do, and says what would be right", async () => {
    expect(await run(["--preset", "quik-test"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("Did you mean quick-test?"),
    });
    expect(await run(["missing.gif"])).toMatchObject({
      code: 2,
      stderr: "missing.gif: there is no such file or folder\n",
    });
    expect(await run(["gifs", "--workers", "-1"])).toMatchObject({ code: 2 });
    expect(await run(["gifs", "--threshold", "30"])).toMatchObject({
      code: 2,
      stderr: '--threshold must be a number from 0 to 1, got "30"\n',
    });
    expect(await run(["gifs", "--sampling", "unifrm"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no sampling "unifrm"\. Did you mean uniform\? Strategies: uniform, adaptive,/),
    });
    expect(await run(["gifs", "--sampling", "factorial"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /chooses frames, not pipelines, so there is no "factorial": every GIF goes through/,
      ),
    });
  });

  it("takes the other options of its manual", async () => {
    const args = ["gifs", "-o", "options", "-j", "2", "-t", "1", "--sampling", "full", "--max-pipelines", "1"];
    const more = ["--use-gpu", "--no-extract-frames", "--no-use-cache", "--clear-cache", "--json"];
    const { code, stdout, stderr } = await run([...args, ...more]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "--use-gpu has no effect: nothing here runs on a GPU.\n" });
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ jobs: 3, processed: 2, sampling: { byStrategy: { full: 2 } } });
    expect(summary.caches.frame).toMatchObject({ hits: 0, misses: 0 });
    expect(summary.pipelines.map(({ eliminatedBecause }) => eliminatedBecause)).toEqual([
      "mean composite quality below 1",
    ]);
    const [own] = readdirSync(join(folder, "options/latest")).filter((name) => name.startsWith("solid-static-"));
    expect(readdirSync(join(folder, "options/latest", own!))).not.toContain("frames");
  });

  it("estimates how long a run takes, and writes no results", async () => {
    const { code, stdout } = await run(["gifs", "--estimate-time", "-o", "estimated"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^About \d.* for 3 GIFs through 2 pipelines: 6 results of 1 million pixels\.\nMeasured on 2 of them/,
      ),
    });
    const json = JSON.parse((await run(["gifs", "--estimate-time", "--json"])).stdout);
    expect(json).toMatchObject({ gifs: 3, pipelines: 2, jobs: 6, measuredGifs: 2 });
    expect(json.seconds).toBeGreaterThan(0);
    expect(existsSync(join(folder, "estimated"))).toBe(false);
  });

  it("goes on with --resume where it was interrupted, by preset or by folder, and begins when there is nothing", async () => {
    const first = await run(["gifs", "-o", "resumed", "--resume"]);
    expect(first.code).toBe(0);
    expect(first.stderr).toBe("There is no run of quick-test in resumed to go on with: this is a new one.\n");
    const made = readdirSync(join(folder, "resumed")).find((name) => name.startsWith("001-"))!;
    const again = await run(["-o", "resumed", "--resume"]);
    expect(again.stdout).toMatch(
      /2 of 3 GIFs processed, 1 failed.*\n4 results.*\nTaken up again: 5 rows of before kept\n/,
    );
    expect((await run(["-o", "elsewhere", "--resume", `resumed/${made}`])).stdout).toContain("5 rows of before kept");
    expect(readdirSync(join(folder, "resumed")).filter((name) => /^\d/.test(name))).toEqual([made]);
    expect(await run(["-o", "resumed", "--resume", "--max-pixels", "7"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/made with other settings \(limits\.maxPixels was 256000000, now 7\)/),
    });
  });

  it("gives runs that end at the same time one history, with the rows of each once", async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => run(["gifs", "-o", "together"])));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    const rows = csvRows(join(folder, "together/elimination_history_master.csv"));
    const counts = Object.fromEntries(
      [...Map.groupBy(rows, (row) => row["run"]!)].map(([name, own]) => [name, own.length]),
    );
    const folders = readdirSync(join(folder, "together")).filter((name) => /^\d/.test(name));
    expect(counts).toEqual(Object.fromEntries(folders.map((name) => [name, 5])));
    expect(folders).toHaveLength(3);
  });

  it.runIf(process.platform !== "win32")("ends with one error when the disk is full, and can go on later", async () => {
    // No file of this shell and what it runs may have more than 4 blocks of 512 bytes.
    const limited = ["-c", 'ulimit -f 4; exec "$0" "$@"', process.execPath, "--conditions=@giflab/source", RUN];
    const args = ["gifs", "-o", "full", "--no-monitoring", "--no-use-cache", "-j", "1"];
    const { code, stderr } = await spawned("sh", [...limited, ...args], { GIFLAB_LOG_LEVEL: "SILENT" });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^results cannot be written to full \(EFBIG: .*\): make room and go on with --resume; .*\n$/,
    );
    expect(await run([...args, "--resume"])).toMatchObject({ code: 0, stderr: "" });
    const rows = csvRows(join(folder, "full/latest/streaming_results.csv"));
    expect(rows.map((row) => row["gif_name"]).sort()).toEqual([
      "broken",
      "gradient-tiny",
      "gradient-tiny",
      "solid-static",
      "solid-static",
    ]);
  });

  it("exits 1 and says how to go on when the results cannot be written", async () => {
    const { code, stderr } = await run(["gifs", "-o", "gifs/broken.gif/runs"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/results cannot be written to gifs\/broken\.gif\/runs .*choose another folder with -o/);
  });

  it("shows its presets", async () => {
    expect((await run(["--list-presets"])).stdout).toMatch(
      /^quick-test\n.*\n {2}- even-frame-0.5_quantise-color-32_tolerance-lossy-40\n/,
    );
    const [first] = JSON.parse((await run(["--list-presets", "--json"])).stdout);
    expect(first).toMatchObject({ name: "quick-test", engines: [] });
  });

  it("ends cleanly on Ctrl-C with exit code 130; without paths it had begun on the built-in samples", async () => {
    const { code, signal, stdout } = await run(["-o", "interrupted"], { GIFLAB_LOG_LEVEL: "DEBUG" }, "debug: 17 GIFs");
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect(stdout).toMatch(/^Interrupted after .* of 17 GIFs processed/);
    expect(stdout).toMatch(/\nGo on with: giflab run --resume interrupted\/001-quick-test-\d\d-\d\d-\d\d\n$/);
    expect(existsSync(join(folder, "interrupted/latest/elimination_summary.json"))).toBe(true);
    expect(readdirSync(join(folder, ".giflab_cache/samples"))).toHaveLength(17);
  });

  it("records every metric of the operations manual, for any process to read", async () => {
    mkdirSync(join(folder, "long"));
    const scene = SAMPLE_SCENES.find(({ name }) => name === "motion-fast")!;
    writeFileSync(join(folder, "long/motion.gif"), makeSampleGif(scene));
    // The second one finds what the first one put into the caches.
    for (let i = 0; i < 2; i++) expect(await run(["long"])).toMatchObject({ code: 0, stderr: "" });
    const store = new SqliteBackend({ dbPath: join(folder, ".giflab_cache/metrics.db"), readonly: true });
    const summaries = await store.summaries({ from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    const kinds = Object.fromEntries(summaries.map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({
      "cache.frame.hits": "counter",
      "cache.frame.misses": "counter",
      "cache.frame.hit_rate": "derived",
      "cache.frame.memory_usage_mb": "gauge",
      "cache.frame.operation.duration": "timer",
      "cache.frame.evictions": "counter",
      "cache.validation.hits": "counter",
      "cache.validation.misses": "counter",
      "cache.validation.hit_rate": "derived",
      "cache.validation.memory_usage_mb": "gauge",
      "cache.resize.hits": "counter",
      "cache.resize.misses": "counter",
      "cache.resize.buffer_pool.hits": "counter",
      "cache.resize.buffer_pool.reuse_rate": "derived",
      "sampling.frames_sampled_ratio": "gauge",
      "sampling.confidence_interval_width": "gauge",
      "sampling.speedup_factor": "gauge",
      "sampling.strategy_usage": "counter",
      "lazy_import.load_time": "timer",
      "lazy_import.load_count": "counter",
      "lazy_import.fallback_used": "counter",
    });
    const rate = summaries.find(
      ({ name, tags }) => name === "cache.validation.hit_rate" && tags["metric_type"] === "ssim",
    );
    expect(rate).toMatchObject({ unit: "1" });
  });

  it("records nothing with --no-monitoring", async () => {
    const home = join(folder, "unmonitored");
    mkdirSync(home);
    expect(await run(["gifs", "--no-monitoring"], { HOME: home })).toMatchObject({ code: 0 });
    expect(readdirSync(join(home, ".giflab_cache"))).not.toContain("metrics.db");
  });

  it("takes caches and sampling from the configuration file, and refuses one that makes no sense", async () => {
    const home = join(folder, "configured");
    mkdirSync(home);
    const config = join(home, "giflab.config.json");
    writeFileSync(
      config,
      JSON.stringify({ frameCache: { diskPath: "here/frames.db" }, frameSampling: { defaultStrategy: "uniform" } }),
    );
    const { stdout } = await run(["long"], { HOME: home, GIFLAB_CONFIG: config });
    expect(stdout).toMatch(/Sampling: .*, uniform$/m);
    expect(existsSync(join(home, "here/frames.db"))).toBe(true);
    writeFileSync(config, JSON.stringify({ frameCache: { memoryLimitMb: -1 } }));
    expect(await run(["long"], { HOME: home, GIFLAB_CONFIG: config })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("frameCache.memoryLimitMb"),
    });
  });

  it("refuses GIFs beyond --max-pixels", async () => {
    const { stdout } = await run(["gifs", "--max-pixels", "10000", "--json"], { HOME: join(folder, "none") });
    expect((JSON.parse(stdout) as RunSummary).failures.map(({ reason }) => reason)).toEqual(["corrupt", "too large"]);
  });
});
