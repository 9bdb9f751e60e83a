import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addToHistory } from "../../src/run/history-file.ts";
import { csvRows } from "./run-in-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-history-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function runWith(name: string, gifs: readonly string[]): string {
  const run = join(folder, name);
  mkdirSync(run, { recursive: true });
  const rows = gifs.map((gif) => JSON.stringify({ orig_filename: gif, error: `it is "bad",\n002-p,and worse` }));
  writeFileSync(join(run, "streaming_results.ndjson"), rows.map((row) => `${row}\n`).join(""));
  return run;
}

function history(): string[] {
  const rows = csvRows(join(folder, "elimination_history_master.csv"));
  return rows.map((row) => `${row["run"]} ${row["orig_filename"]}`);
}

it("gathers the rows of all runs, and replaces those of a run that is added again", async () => {
  await addToHistory(folder, runWith("001-p", ["a", "b"]));
  await addToHistory(folder, runWith("002-p", ["a"]));
  expect(history()).toEqual(["001-p a", "001-p b", "002-p a"]);
  await addToHistory(folder, runWith("001-p", ["a", "b", "c"]));
  expect(history()).toEqual(["002-p a", "001-p a", "001-p b", "001-p c"]);
  // A line that begins like a row of this run is part of a cell of another.
  await addToHistory(folder, runWith("002-p", ["d"]));
  expect(history()).toEqual(["001-p a", "001-p b", "001-p c", "002-p d"]);
  const errors = csvRows(join(folder, "elimination_history_master.csv")).map((row) => row["error"]);
  expect(errors).toEqual(Array.from({ length: 4 }, () => 'it is "bad",\n002-p,and worse'));
});

it("has all rows of runs that are added at the same time", async () => {
  const runs = Array.from({ length: 8 }, (_, at) => runWith(`00${at}-p`, ["a", "b", "c"]));
  await Promise.all(runs.map((run) => addToHistory(folder, run)));
  expect(history()).toHaveLength(24);
  expect(new Set(history()).size).toBe(24);
});

it("keeps a history of other columns under a name of its own", async () => {
  const path = join(folder, "elimination_history_master.csv");
  for (const text of ["run,other\n1,2\n", "run\n3\n"]) {
    writeFileSync(path, text);
    await addToHistory(folder, runWith("001-p", ["a"]));
    expect(history()).toEqual(["001-p a"]);
  }
  expect(readFileSync(join(folder, "elimination_history_master.1.csv"), "utf8")).toBe("run,other\n1,2\n");
  expect(readFileSync(join(folder, "elimination_history_master.2.csv"), "utf8")).toBe("run\n3\n");
});

it("stays as it is when rows cannot be read", async () => {
  await addToHistory(folder, runWith("001-p", ["a"]));
  mkdirSync(join(folder, "002-p"));
  await expect(addToHistory(folder, join(folder, "002-p"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(history()).toEqual(["001-p a"]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});
