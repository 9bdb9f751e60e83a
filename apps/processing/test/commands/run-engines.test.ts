import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";
import { EngineFolder } from "../engines/fake-engine.ts";
import { isRunning } from "../engines/running-process.ts";

const RUN = join(import.meta.dirname, "fixtures/run-command.ts");
const folder = new EngineFolder();

/** `giflab run` on one small GIF, with `bin` before the folders of the system on PATH; ffmpeg is never found. */
function start(bin: string, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  const gif = makeSampleGif(SAMPLE_SCENES.find(({ name }) => name === "gradient-tiny")!);
  mkdirSync(join(folder.path, "gifs"), { recursive: true });
  writeFileSync(join(folder.path, "gifs/-o $(id) 'tiny'.gif"), gif);
  folder.put("exit 1", { name: "ffmpeg", says: "not this one", folder: "bin" });
  return spawn(process.execPath, ["--conditions=@giflab/source", RUN, "gifs", "--no-monitoring", ...args], {
    cwd: folder.path,
    env: { ...process.env, HOME: folder.path, PATH: `${bin}:/usr/bin:/bin` },
  });
}

async function finished(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

function rows(): Record<string, unknown>[] {
  const text = readFileSync(join(folder.path, "results/runs/latest/streaming_results.ndjson"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("giflab run with other programs", () => {
  it("goes on with the other pipelines when a program hangs, and says what to do", async () => {
    const bin = folder.put("sleep 600");
    const sweep = ["--preset", "lossy-quality-sweep", "--max-pipelines", "2", "--engine-timeout", "1", "--json"];
    const { code, stdout } = await finished(start(bin, ...sweep));
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ gifs: 1, processed: 1, jobs: 2, jobsFailed: 1, leftOut: [] });
    expect(rows().find((row) => row["pipeline_id"] === "gifsicle-lossy-0")).toMatchObject({
      success: false,
      error: "gifsicle took longer than 1 s: raise timeoutSeconds (giflab run --engine-timeout), or leave the GIF out",
    });
  });

  it("names a program's version in its rows, and leaves out what cannot run", async () => {
    const bin = folder.put("cat", { says: "LCDF Gifsicle 1.99" });
    const { code, stdout, stderr } = await finished(start(bin, "--preset", "tool-comparison-baseline"));
    expect(code).toBe(0);
    const reason = `${join(bin, "ffmpeg")} does not say its version as ffmpeg does: install the package ffmpeg`;
    expect(stderr).toContain(`2 of 4 pipelines are left out: ${reason}.`);
    expect(stdout).toContain(reason);
    const versions = rows().map((row) => row["engine_version"] ?? row["error"]);
    expect(versions).toContain("gifsicle wrote 2 frames where 1 were to be kept");
    const lossy = await finished(start(bin, "--preset", "lossy-quality-sweep", "--max-pipelines", "2"));
    expect(lossy.code).toBe(0);
    expect(rows().map((row) => row["engine_version"])).toContain("gifsicle 1.99");
  });

  it("ends a program that is at work at Ctrl-C, and leaves no file behind", async () => {
    const pidPath = join(folder.path, "pid");
    const bin = folder.put(`echo "$$" > '${pidPath}.part'; mv '${pidPath}.part' '${pidPath}'; sleep 600`);
    const temporary = join(folder.path, "tmp");
    mkdirSync(temporary);
    vi.stubEnv("TMPDIR", temporary);
    try {
      const child = start(bin, "--preset", "lossy-quality-sweep", "--workers", "1");
      const ended = finished(child);
      await vi.waitFor(() => expect(existsSync(pidPath)).toBe(true), 30_000);
      child.kill("SIGINT");
      expect((await ended).code).toBe(130);
      const pid = Number(readFileSync(pidPath, "utf8"));
      await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
      expect(readdirSync(temporary).filter((name) => name.endsWith(".gif"))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
