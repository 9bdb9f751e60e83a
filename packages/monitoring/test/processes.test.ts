import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig, openStore } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PROGRAM = join(import.meta.dirname, "fixtures/recording-program.ts");

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function run(
  folder: string,
  way: string,
  env: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=@giflab/source", ...nodeOptions, PROGRAM, way], {
    cwd: folder,
    // NODE_PATH, which pnpm's launchers set, would show the program packages that it has not installed.
    env: { ...process.env, NODE_OPTIONS: "", NODE_PATH: "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function ended(child: ChildProcess): Promise<Ended> {
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr };
}

/** What another process reads: hits, starts and timed calls, summed over all processes. */
async function stored(folder: string): Promise<readonly [number, number, number]> {
  const store = await openStore(await loadConfig({ cwd: folder, env: {} }));
  const summaries = await store.summaries({ from: 0, to: Date.now() / 1000 + 1 });
  await store.close();
  const named = (name: string) =>
    summaries.find((summary) => summary.name === name && summary.tags["tier"] === undefined);
  return [named("cache.frame.hits")?.sum ?? 0, named("program.starts")?.sum ?? 0, named("work.duration")?.count ?? 0];
}

const project = () =>
  temporaryFolder({ "giflab.config.json": `{ "monitoring": { "sqlite": { "dbPath": "metrics.db" } } }` });

describe("what another process recorded is there to read", () => {
  test.each([
    ["a normal end", "end", { code: 0, signal: null }, ""],
    ["process.exit()", "exit", { code: 3, signal: null }, ""],
    ["an uncaught exception", "throw", { code: 1, signal: null }, "the host's own mistake"],
    ["an unhandled rejection", "reject", { code: 1, signal: null }, "the host's own mistake"],
  ])("after %s", async (_, way, expected, said) => {
    const folder = project();
    const { stderr, ...end } = await ended(run(folder, way));
    expect(end).toEqual(expected);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("giflab:");
    expect(await stored(folder)).toEqual([100, 1, 2]);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("after %s", async (signal) => {
    const folder = project();
    const child = run(folder, "signal");
    const end = ended(child);
    await once(child.stdout!, "data");
    child.kill(signal);
    expect(await end).toEqual({ code: null, signal, stderr: "" });
    expect(await stored(folder)).toEqual([100, 1, 2]);
  });

  test("while it still runs", async () => {
    const folder = project();
    const child = run(folder, "signal", { GIFLAB_FLUSH_INTERVAL_SECONDS: "0.1" });
    const end = ended(child);
    await once(child.stdout!, "data");
    await expect.poll(() => stored(folder).catch(() => undefined), { timeout: 20_000 }).toEqual([100, 1, 2]);
    child.kill("SIGKILL");
    await end;
    expect(await stored(folder)).toEqual([100, 1, 2]);
  });

  test("from several at once", async () => {
    const folder = project();
    const count = process.env["GIFLAB_TEST_LONG"] === "1" ? 20 : 3;
    const ends = await Promise.all(Array.from({ length: count }, () => ended(run(folder, "exit"))));
    expect(ends.map(({ stderr }) => stderr).join("")).toBe("");
    expect(await stored(folder)).toEqual([100 * count, count, 2 * count]);
  });
});

describe("a program", () => {
  test("without a home folder goes on in memory, says so once and ends as always", async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await ended(run(folder, "exit", { HOME: "/nonexistent" }));
    expect(code).toBe(3);
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/^giflab: metrics are kept in memory only/)]);
  });

  const withoutSqlite = ["--import", join(import.meta.dirname, "fixtures/without-sqlite.ts")];

  test("that chose no backend and has not installed SQLite keeps metrics in memory and says so once", async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await ended(run(folder, "exit", { HOME: folder }, withoutSqlite));
    expect(code).toBe(3);
    expect(stderr).toBe("giflab: metrics are kept in memory only; to keep history, install @giflab/backend-sqlite\n");
  });

  test("that asked for SQLite and has not installed it learns what to install", async () => {
    const folder = temporaryFolder({ "giflab.config.json": `{ "monitoring": { "backend": "sqlite" } }` });
    const { code, stderr } = await ended(run(folder, "end", {}, withoutSqlite));
    expect(code).toBe(1);
    expect(stderr).toContain('backend "sqlite" is not installed: install @giflab/backend-sqlite');
  });

  test("with an invalid configuration learns what is wrong", async () => {
    const folder = temporaryFolder({ "giflab.config.json": `{ "monitoring": { "flushInterval": 1 } }` });
    const { code, stderr } = await ended(run(folder, "end"));
    expect(code).toBe(1);
    expect(stderr).toContain("monitoring.flushInterval is not a known key: did you mean flushIntervalSeconds?");
  });
});
