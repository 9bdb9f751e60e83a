import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("./fixtures/ending-program.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "giflab-exit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds from the first attempt that a backend refused to the last, however slow the machine is beside that. */
  readonly trying: number;
  /** Sum of what reached the backend. */
  readonly total: number;
}

async function run(
  ending: string,
  options: { readonly mode?: string; readonly signal?: NodeJS.Signals; readonly copy?: string } = {},
): Promise<Ended> {
  const file = join(folder, `run${runs++}`);
  const child = spawn(process.execPath, [program, file, ending, options.mode ?? "sync", options.copy ?? ""], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    // Every line asks for the signal, so that a program that lives on gets another.
    if (options.signal !== undefined) child.kill(options.signal);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  const total = lines.reduce((sum, line) => sum + (JSON.parse(line) as { total: number }).total, 0);
  const attempts = existsSync(`${file}.attempts`) ? readFileSync(`${file}.attempts`, "utf8").trim().split("\n") : [];
  const trying = attempts.length === 0 ? 0 : (Number(attempts.at(-1)) - Number(attempts[0])) / 1000;
  return { code, signal, stdout, stderr, trying, total };
}

describe("what was recorded is delivered once, and the program ends as it would have, on", () => {
  it.each([
    ["a normal end", "normal", 0],
    ["process.exit()", "exit", 3],
    ["close()", "close", 0],
    ["process.exit() right after close()", "close-exit", 5],
  ])("%s", async (_, ending, code) => {
    expect(await run(ending)).toMatchObject({ code, signal: null, stderr: "", total: 7 });
  });

  it.each([
    ["an uncaught exception", "throw", "uncaught on purpose"],
    ["an unhandled rejection", "reject", "rejected on purpose"],
  ])("%s", async (_, ending, message) => {
    const ended = await run(ending);
    expect(ended).toMatchObject({ code: 1, signal: null, total: 7 });
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toContain("giflab");
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s, of which it dies", async (signal) => {
    expect(await run("wait", { signal })).toMatchObject({ code: null, signal, stderr: "", total: 7 });
  });

  it("a signal that the program handles itself, which then decides", async () => {
    expect(await run("host-on", { signal: "SIGTERM" })).toMatchObject({ code: 42, signal: null, total: 7 });
  });

  it("a signal that the program handles once, and takes its time for", async () => {
    expect(await run("host-once", { signal: "SIGTERM" })).toMatchObject({ code: 43, signal: null, total: 7 });
  });
});

it("an exception that the host handles ends nothing", async () => {
  expect(await run("handled-throw")).toMatchObject({ code: 0, stderr: "", total: 17 });
});

it("a host that lives on gets every later signal as well, and dies by the first that it leaves to us", async () => {
  const ended = await run("host-lives-on", { signal: "SIGTERM" });
  expect(ended).toMatchObject({ code: null, signal: "SIGTERM", total: 207, stdout: "ready\nagain\nagain\n" });
});

it("a worker thread delivers when it ends", async () => {
  expect(await run("worker")).toMatchObject({ code: 0, stderr: "", total: 14 });
});

it("two copies of the package share one hook, and each delivers once", async () => {
  const copy = join(folder, "copy");
  cpSync(fileURLToPath(new URL("../src", import.meta.url)), copy, { recursive: true });
  const ended = await run("two-copies", { signal: "SIGTERM", copy: pathToFileURL(join(copy, "index.ts")).href });
  expect(ended).toMatchObject({ signal: "SIGTERM", stderr: "", total: 27 });
  expect(ended.stdout).toContain("1 1 1 1\n");
});

describe("a store that takes nothing", () => {
  it.each<[string, string, string, Partial<Ended>, NodeJS.Signals?]>([
    ["process.exit()", "busy", "exit", { code: 3 }],
    ["a normal end", "full", "normal", { code: 0 }],
    ["SIGTERM", "busy", "wait", { signal: "SIGTERM" }, "SIGTERM"],
    ["SIGTERM, when it never answers", "hung", "wait", { signal: "SIGTERM" }, "SIGTERM"],
  ])("holds the end up for at most about a second, and costs one line, on %s", async (_, mode, ending, how, signal) => {
    const ended = await run(ending, { mode, ...(signal === undefined ? {} : { signal }) });
    expect(ended).toMatchObject({ ...how, total: 0 });
    expect(ended.stderr.replace(/^giflab: write failed: refused on purpose\n/, "")).toMatch(
      /^giflab: \d+ metric points could not be written before the process ended\n$/,
    );
    expect(ended.trying).toBeLessThan(1.5);
  });

  it("holds an uncaught exception up for one second and not for one per listener", async () => {
    const ended = await run("throw", { mode: "busy" });
    expect(ended.code).toBe(1);
    expect(ended.stderr.match(/^giflab: .*$/gm)).toEqual([expect.stringMatching(/could not be written/)]);
    expect(ended.trying).toBeLessThan(1.5);
  });
});

describe("an asynchronous backend", () => {
  it("gets everything at a normal end and on a signal, and nothing is said to be lost", async () => {
    expect(await run("normal", { mode: "async" })).toMatchObject({ code: 0, stderr: "", total: 7 });
    expect(await run("wait", { mode: "async", signal: "SIGTERM" })).toMatchObject({
      signal: "SIGTERM",
      stderr: "",
      total: 7,
    });
  });

  it("gets nothing on process.exit(), which is said in one line", async () => {
    const ended = await run("exit", { mode: "async" });
    expect(ended).toMatchObject({ code: 3, total: 0 });
    expect(ended.stderr).toMatch(/^giflab: \d+ metric points could not be written before the process ended\n$/);
  });
});

it("handleSignals: false leaves signals alone", async () => {
  expect(await run("wait", { mode: "unhandled", signal: "SIGTERM" })).toMatchObject({
    code: null,
    signal: "SIGTERM",
    stderr: "",
    total: 0,
  });
});
