import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { resolveEngineLimits } from "../../src/engines/engine-limits.ts";
import { findExecutable } from "../../src/engines/find-executable.ts";
import { type ProcessCall, type ProcessResult, runProcess } from "../../src/engines/run-process.ts";
import { EngineFolder } from "./fake-engine.ts";
import { isRunning } from "./running-process.ts";

const folder = new EngineFolder();

/** Runs a shell script as if it were gifsicle. */
function run(body: string, { args = [], ...more }: Partial<ProcessCall> = {}): Promise<ProcessResult> {
  const path = join(folder.put(body), "gifsicle");
  return runProcess({ name: "gifsicle", path, args, limits: resolveEngineLimits(), prlimit: undefined, ...more });
}

async function written(name: string): Promise<string> {
  const path = join(folder.path, name);
  return await vi.waitFor(() => {
    if (!existsSync(path) || !readFileSync(path, "utf8").endsWith("\n")) throw new Error(`${path} is not written`);
    return readFileSync(path, "utf8").trim();
  }, 10_000);
}

describe("runProcess", () => {
  it("returns all that was written and the end of what was said", async () => {
    const { output, said } = await run("head -c 300000 /dev/zero; echo late >&2");
    expect(output.length).toBe(300_000);
    expect(said).toBe("late\n");
  });

  it("hands arguments on as they are: no shell sees them", async () => {
    const args = ["$(touch broken)", "a b", "`id`", "; exit 9", "*", "-o", "--", "\"'\n"];
    const { output } = await run('for one in "$@"; do printf "%s\\0" "$one"; done', { args });
    expect(output.toString().split("\0").slice(0, -1)).toEqual(args);
    expect(existsSync(join(folder.path, "broken"))).toBe(false);
  });

  it("gives the program nothing of the environment but where programs are", async () => {
    process.env["GIFLAB_SECRET"] = "not for engines";
    try {
      const { output } = await run("env");
      const names = output.toString().match(/^\w+(?==)/gm)!;
      expect(names).toEqual(expect.arrayContaining(["LC_ALL", "PATH"]));
      const ofTheShell = ["PWD", "OLDPWD", "SHLVL", "_"];
      expect(names.filter((name) => !["LC_ALL", "PATH", "LD_LIBRARY_PATH", ...ofTheShell].includes(name))).toEqual([]);
    } finally {
      delete process.env["GIFLAB_SECRET"];
    }
  });

  it("says with which code a program ended and what it said last, without addresses", async () => {
    const failed = run('echo "[gif @ 0x55d0] first"; echo "[gif @ 0x55d0] bad block" >&2; echo "gave up" >&2; exit 3');
    await expect(failed).rejects.toMatchObject({
      name: "EngineError",
      code: "FAILED",
      message: "gifsicle ended with code 3: [gif] bad block; gave up",
    });
  });

  it("keeps only the last lines of a program that never stops complaining", async () => {
    const failed = run("yes complaint | head -c 5000000 >&2; echo the reason >&2; exit 1");
    await expect(failed).rejects.toThrow(/^gifsicle ended with code 1: (complaint|mplaint|t|\w+); .*the reason$/);
    await failed.catch((error: Error) => expect(error.message.length).toBeLessThan(100));
  });

  it("says by which signal a program was ended, and that its memory is limited", async () => {
    await expect(run("kill -SEGV $$")).rejects.toMatchObject({
      code: "FAILED",
      message: "gifsicle was ended by SIGSEGV and said nothing; its memory is limited to 4096 MB (memoryMb)",
    });
  });

  it("says that a program cannot be started", async () => {
    const path = join(folder.path, "nothing-here");
    await expect(run("", { path })).rejects.toMatchObject({
      code: "FAILED",
      message: expect.stringContaining(`gifsicle cannot be started (${path}): `),
    });
  });

  it("ends a program that hangs, and everything it started", async () => {
    const limits = resolveEngineLimits({ timeoutSeconds: 2 });
    const body = `sleep 600 & echo "$$ $!" > '${join(folder.path, "pids")}'; wait`;
    await expect(run(body, { limits })).rejects.toMatchObject({
      code: "TIMEOUT",
      message:
        "gifsicle took longer than 2 s: raise timeoutSeconds (giflab run --engine-timeout), or leave the GIF out",
    });
    const pids = (await written("pids")).split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 10_000);
  });

  it("does not wait for what a program left behind", async () => {
    const { output } = await run(`echo done; sleep 600 & echo "$!" > '${join(folder.path, "pid")}'`);
    expect(output.toString()).toBe("done\n");
    const pid = Number(await written("pid"));
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
  });

  it("ends a program when the work is aborted, and does not start one afterwards", async () => {
    const abort = new AbortController();
    const path = join(folder.path, "pid");
    const running = run(`echo "$$" > '${path}'; sleep 600`, { signal: abort.signal });
    const ended = expect(running).rejects.toMatchObject({ code: "ABORTED" });
    const pid = Number(await written("pid"));
    abort.abort();
    await ended;
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
    const started = join(folder.path, "started");
    await expect(run(`touch '${started}'`, { signal: abort.signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(existsSync(started)).toBe(false);
  });

  it("leaves no program running when the process exits", async () => {
    const pidPath = join(folder.path, "pid");
    const bin = folder.put(`echo "$$" > '${pidPath}.part'; mv '${pidPath}.part' '${pidPath}'; sleep 600`);
    const fixture = join(import.meta.dirname, "fixtures/exit-while-running.ts");
    const { status } = spawnSync(process.execPath, ["--conditions=@giflab/source", fixture, bin, pidPath]);
    expect(status).toBe(7);
    const pid = Number(await written("pid"));
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 10_000);
  });

  it("ends a program that floods its output", async () => {
    const limits = resolveEngineLimits({ outputMb: 1 });
    await expect(run("cat /dev/zero", { limits })).rejects.toMatchObject({
      code: "OUTPUT",
      message: "gifsicle wrote more than 1 MB: raise outputMb, or leave the GIF out",
    });
  });

  it.runIf(existsSync("/proc/self/status"))("ends a program that eats memory, without prlimit", async () => {
    const limits = resolveEngineLimits({ memoryMb: 60 });
    const eat = "x=$(head -c 200000000 /dev/zero | tr '\\0' x); sleep 600";
    await expect(run(eat, { limits })).rejects.toMatchObject({
      code: "MEMORY",
      message: expect.stringMatching(/^gifsicle needs more than 60 MB \(it took \d+ MB\): raise memoryMb/),
    });
  });

  it("has the kernel bound memory, core dumps and processor time where prlimit is installed", async () => {
    const prlimit = await findExecutable("prlimit", "/usr/bin:/bin");
    if (prlimit === undefined) return console.warn("prlimit is not installed: its limits were not tested");
    const limits = resolveEngineLimits({ memoryMb: 500, timeoutSeconds: 10 });
    const { output } = await run('ulimit -v; ulimit -Hc; ulimit -t; echo "$@"', { prlimit, limits, args: ["--as=1"] });
    expect(output.toString().split("\n")).toEqual([`${500 * 1024}`, "0", "40", "--as=1", ""]);
  });
});

describe("resolveEngineLimits", () => {
  it("has defaults, and names the option, what it got and what is allowed", () => {
    expect(resolveEngineLimits()).toEqual({ timeoutSeconds: 120, memoryMb: 4096, outputMb: 512 });
    expect(() => resolveEngineLimits({ timeoutSeconds: 0 })).toThrow(
      new RangeError("timeoutSeconds must be 0.01 to 86400, got 0"),
    );
    expect(() => resolveEngineLimits({ memoryMb: Number.NaN })).toThrow("memoryMb must be 1 to 1048576, got NaN");
  });
});
