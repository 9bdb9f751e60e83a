import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("./fixtures/ending-program.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "giflab-exit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Sum of what reached the backend. */
  readonly total: number;
}

async function run(
  ending: string,
  options: { readonly mode?: string; readonly signal?: NodeJS.Signals } = {},
): Promise<Ended> {
  const file = join(folder, `run${runs++}`);
  const child = spawn(process.execPath, [program, file, ending, options.mode ?? "sync"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const closed = once(child, "close");
  if (options.signal !== undefined) {
    await once(child.stdout, "data");
    child.kill(options.signal);
  }
  const [code, signal] = (await closed) as [number | null, string | null];
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  const total = lines.reduce((sum, line) => sum + (JSON.parse(line) as { total: number }).total, 0);
  return { code, signal, stderr, total };
}

describe("what was recorded is delivered once, and the program ends as it would have, on", () => {
  it.each([
    ["a normal end", "normal", 0],
    ["process.exit()", "exit", 3],
    ["close()", "close", 0],
  ])("%s", async (_, ending, code) => {
    expect(await run(ending)).toEqual({ code, signal: null, stderr: "", total: 7 });
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
    expect(await run("wait", { signal })).toEqual({ code: null, signal, stderr: "", total: 7 });
  });

  it("a signal that the program handles itself, which then decides", async () => {
    expect(await run("host-on", { signal: "SIGTERM" })).toMatchObject({ code: 42, signal: null, total: 7 });
  });

  it("a signal that the program handles once, and takes its time for", async () => {
    expect(await run("host-once", { signal: "SIGTERM" })).toMatchObject({ code: 43, signal: null, total: 7 });
  });
});

describe("an asynchronous backend", () => {
  it("gets everything at a normal end and on a signal", async () => {
    expect(await run("normal", { mode: "async" })).toMatchObject({ code: 0, total: 7 });
    expect(await run("wait", { mode: "async", signal: "SIGTERM" })).toMatchObject({ signal: "SIGTERM", total: 7 });
  });

  it("gets nothing on process.exit(), which is said in one line", async () => {
    const ended = await run("exit", { mode: "async" });
    expect(ended).toMatchObject({ code: 3, total: 0 });
    expect(ended.stderr).toMatch(/^giflab: \d+ metric points could not be written before the process ended\n$/);
  });
});

it("handleSignals: false leaves signals alone", async () => {
  expect(await run("wait", { mode: "unhandled", signal: "SIGTERM" })).toEqual({
    code: null,
    signal: "SIGTERM",
    stderr: "",
    total: 0,
  });
});
