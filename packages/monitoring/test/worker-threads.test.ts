import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig, openStore } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PROGRAM = join(import.meta.dirname, "fixtures/thread-program.ts");
const WORKERS = [0, 1, 2, 3];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** Per line printed: begun and finished records of each worker. */
  readonly witnesses: readonly (readonly number[])[];
  /** What another process reads afterwards, per worker: counter and calls of the timer. */
  readonly stored: readonly (readonly [number, number])[];
  readonly hits: number;
  readonly instances: number;
}

async function run(way: string): Promise<Ended> {
  const folder = temporaryFolder({
    "giflab.config.json": `{ "monitoring": { "sqlite": { "dbPath": "metrics.db" }, "flushIntervalSeconds": 0.1 } }`,
  });
  const child = spawn(process.execPath, ["--conditions=@giflab/source", PROGRAM, way], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "", NODE_PATH: "" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const store = await openStore(await loadConfig({ cwd: folder, env: {} }));
  const summaries = await store.summaries({ from: 0, to: Date.now() / 1000 + 1 });
  const { instances } = await store.stats();
  await store.close();
  const of = (name: string, worker: number) =>
    summaries.find((summary) => summary.name === name && summary.tags["worker"] === String(worker));
  return {
    code,
    signal,
    stderr,
    witnesses: stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as number[]),
    stored: WORKERS.map((worker) => [of("jobs", worker)?.sum ?? 0, of("job.duration", worker)?.count ?? 0]),
    hits: summaries.find(({ name }) => name === "cache.frame.hits")?.sum ?? 0,
    instances,
  };
}

describe("what worker threads recorded is stored to the unit, by one instance, when the main thread", () => {
  test.each([
    ["exits while they block", "exit of blocked threads", { code: 3, signal: null }, ""],
    ["dies of an exception", "uncaught exception", { code: 1, signal: null }, "the host's own mistake"],
    ["is ended by SIGTERM", "SIGTERM", { code: null, signal: "SIGTERM" }, ""],
  ])("%s", async (_, way, end, said) => {
    const ended = await run(way);
    expect(ended).toMatchObject({ ...end, hits: 4, instances: 1 });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr).not.toContain("giflab:");
    // They had stopped before, so begun and finished are the same number.
    const witness = ended.witnesses.at(-1)!;
    expect(ended.stored).toEqual(WORKERS.map((worker) => [witness[2 * worker], witness[2 * worker + 1]]));
  });

  test("terminates them in the middle of it, and ends", async () => {
    const ended = await run("terminate");
    expect(ended).toMatchObject({ code: 0, stderr: "", hits: 4, instances: 1 });
    const witness = ended.witnesses[0]!;
    for (const worker of WORKERS) {
      // Exactly what was finished, and the one that was begun if the end came between it and its mark.
      const [begun, finished] = [witness[2 * worker]!, witness[2 * worker + 1]!];
      expect([0, 1]).toContain(begun - finished);
      for (const stored of ended.stored[worker]!) expect([finished, begun]).toContain(stored);
    }
  });

  test("exits first, up to the moment of its exit", async () => {
    const ended = await run("exit at full speed");
    expect(ended).toMatchObject({ code: 3, stderr: "", hits: 4, instances: 1 });
    const [before, after] = ended.witnesses;
    for (const worker of WORKERS) {
      // Nothing that was finished when the exit began is missing, and nothing is there that was not begun at its end.
      for (const stored of ended.stored[worker]!) {
        expect(stored).toBeGreaterThanOrEqual(before![2 * worker + 1]!);
        expect(stored).toBeLessThanOrEqual(after![2 * worker]!);
      }
    }
  });
});
