import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const long = process.env["GIFLAB_TEST_LONG"] === "1";
const recorder = fileURLToPath(new URL("./fixtures/recorder.ts", import.meta.url));

const start = (name: string, flushes: number): { readonly child: ChildProcess; readonly output: () => string } => {
  const child = spawn(
    process.execPath,
    ["--conditions=@giflab/source", recorder, folder.dbPath, name, String(flushes)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout!.on("data", (chunk) => (output += chunk));
  return { child, output: () => output };
};
const acknowledged = (output: string): number => Number(output.trimEnd().split("\n").at(-1) || 0);

describe("several processes at once", () => {
  it("write one new file together, and nothing is lost or doubled", async () => {
    const flushes = long ? 500 : 60;
    const writers = ["a", "b", "c", "d"].map((name) => start(name, flushes));
    const codes = await Promise.all(writers.map(async ({ child }) => (await once(child, "close"))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    const reader = folder.open({ readonly: true });
    const jobs = await reader.summaries({ match: "jobs", from: 0, to: Date.now() / 1000 + 10 });
    expect(jobs.map((one) => [one.tags["name"], one.sum, one.services])).toEqual(
      ["a", "b", "c", "d"].map((name) => [name, flushes, [name]]),
    );
    const [load] = await reader.summaries({ match: "load", from: 0, to: Date.now() / 1000 + 10 });
    expect(load).toMatchObject({ count: 4 * flushes, max: flushes / 1000 });
  });

  it("may be killed at any moment: what was acknowledged is there once, and the file is whole", async () => {
    const rounds = long ? 60 : 4;
    const seed = Date.now() % 100_000;
    console.info(`seed ${seed}`);
    let state = seed;
    for (let round = 0; round < rounds; round++) {
      const name = `round${round}`;
      const { child, output } = start(name, 1_000_000);
      await once(child.stdout!, "data");
      state = (state * 16_807) % 2_147_483_647;
      await new Promise((resolve) => setTimeout(resolve, state % 40));
      child.kill("SIGKILL");
      await once(child, "close");
      const reader = folder.open({ readonly: true });
      const [jobs] = await reader.summaries({ match: "jobs", tags: { name }, from: 0, to: Date.now() / 1000 + 10 });
      // One more may be stored and not acknowledged.
      expect([acknowledged(output()), acknowledged(output()) + 1]).toContain(jobs?.sum);
      await reader.close();
    }
    const db = new Database(folder.dbPath);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});
