import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { findRun } from "../../src/run/find-run.ts";
import { withFolderLock } from "../../src/run/folder-lock.ts";
import type { RunOptions } from "../../src/run/run-preset.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";
import { SeededRandom } from "../caching/seeded-random.ts";
import { csvRows, ndjsonRows, runInFolder, timeless, writeSample } from "./run-in-folder.ts";

const preset = PRESETS.get("quick-test")!;

let folder: string;
let gifs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-resume-"));
  gifs = join(folder, "gifs");
  mkdirSync(gifs);
  for (const name of ["solid-blink", "solid-static", "gradient-tiny"]) writeSample(join(gifs, `${name}.gif`), name);
  writeFileSync(join(gifs, 'bad, "bad".gif'), "GIF89a");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(more: Partial<RunOptions> = {}): Promise<RunSummary> {
  return runInFolder(folder, [gifs], more);
}

function resume(made: RunSummary, more: Partial<RunOptions> = {}): Promise<RunSummary> {
  return run({ resumeFolder: made.outputFolder, ...more });
}

function files({ outputFolder }: RunSummary): { csv: string; ndjson: string } {
  return { csv: join(outputFolder, "streaming_results.csv"), ndjson: join(outputFolder, "streaming_results.ndjson") };
}

/** What both row files say, which is the same. */
function rowsOf(summary: RunSummary): Record<string, unknown>[] {
  const { csv, ndjson } = files(summary);
  const rows = ndjsonRows(ndjson);
  const text = csvRows(csv).map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== "")));
  expect(text).toEqual(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)]))),
  );
  return rows;
}

describe("a run that is taken up again", () => {
  it("has nothing to do when everything is there, and tells the same as before", async () => {
    const made = await run();
    const before = rowsOf(made);
    const again = await resume(made);
    expect(rowsOf(again)).toEqual(before);
    expect(again).toMatchObject({
      outputFolder: made.outputFolder,
      gifs: 4,
      processed: 3,
      failed: 1,
      jobs: 8,
      jobsFailed: 2,
      earlier: { rows: 7, outdatedRows: 0 },
      frames: { decoded: 0 },
      failuresByReason: { corrupt: 1 },
    });
    expect(again.failures).toEqual(made.failures);
    expect(again.pipelines).toEqual(made.pipelines);
    expect(again.engines).toEqual(made.engines);
    // In the history each row is there once.
    expect(csvRows(join(folder, "runs/elimination_history_master.csv"))).toHaveLength(7);
  });

  it("loses no row and has none twice wherever the files were cut off", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const numbers = new SeededRandom(seed);
    const random = (): number => numbers.below(2 ** 31) / 2 ** 31;
    const made = await run();
    const whole = timeless(rowsOf(made));
    const { csv, ndjson } = files(made);
    const copies = [csv, ndjson].map(
      (path) => [path, join(folder, path.endsWith("csv") ? "a.csv" : "a.ndjson")] as const,
    );
    for (const [path, copy] of copies) copyFileSync(path, copy);
    for (let round = 0; round < (process.env["GIFLAB_TEST_LONG"] === "1" ? 200 : 12); round++) {
      for (const [path, copy] of copies) copyFileSync(copy, path);
      for (const path of [csv, ndjson]) truncateSync(path, Math.floor(random() * (statSync(path).size + 1)));
      const again = await resume(made);
      expect(timeless(rowsOf(again)), `seed ${seed}, round ${round}`).toEqual(whole);
      expect(again).toMatchObject({ processed: 3, failed: 1, jobs: 8, jobsFailed: 2 });
    }
  });

  it("drops a row that is there twice, and what is no row", async () => {
    const made = await run();
    const before = rowsOf(made);
    const { ndjson } = files(made);
    appendFileSync(ndjson, `${readFileSync(ndjson, "utf8").split("\n")[1]}\n{"half":\n`);
    expect(rowsOf(await resume(made))).toEqual(before);
  });

  it("does files again that have changed, and only those", async () => {
    const made = await run();
    const before = rowsOf(made);
    writeSample(join(gifs, "solid-blink.gif"), "few-colors");
    writeSample(join(gifs, 'bad, "bad".gif'), "solid-static");
    const again = await resume(made);
    expect(again).toMatchObject({ processed: 4, failed: 0, jobs: 8, earlier: { rows: 4, outdatedRows: 3 } });
    const after = rowsOf(again);
    const kept = before.filter((row) => /solid-static|gradient-tiny/.test(String(row["orig_filename"])));
    expect(kept).toHaveLength(4);
    expect(after.slice(0, 4)).toEqual(kept);
    expect(after).toHaveLength(8);
    expect(existsSync(join(made.outputFolder, "failed_pipelines.json"))).toBe(false);
  });

  it("keeps the rows of files that are gone, and adds those of new ones", async () => {
    const made = await run();
    rmSync(join(gifs, "solid-blink.gif"));
    writeSample(join(gifs, "new.gif"), "solid-static");
    const again = await resume(made);
    expect(again).toMatchObject({ gifs: 5, processed: 4, failed: 1, jobs: 10, earlier: { rows: 7 } });
    expect(rowsOf(again)).toHaveLength(9);
  });

  it("goes on after an interruption, in the same folder", async () => {
    const whole = timeless(rowsOf(await run()));
    const abort = new AbortController();
    const cut = await run({ signal: abort.signal, onProgress: (done) => (done === 2 ? abort.abort() : undefined) });
    expect(cut).toMatchObject({ interrupted: true, processed: 1, failed: 1 });
    expect(existsSync(join(cut.outputFolder, "elimination_test_results.csv"))).toBe(false);
    const seen: string[] = [];
    const again = await resume(cut, {
      onProgress: (_, path) => seen.push(path),
      onStart: (...n) => seen.push(n.join()),
    });
    expect(seen[0]).toBe("4,2");
    expect(again).toMatchObject({ interrupted: false, gifs: 4, processed: 3, failed: 1, earlier: { rows: 3 } });
    expect(timeless(rowsOf(again))).toEqual(whole);
    expect(readdirSync(join(folder, "runs")).filter((name) => /^\d/.test(name))).toHaveLength(2);
  });

  it("is refused with other settings: it says which", async () => {
    const made = await run();
    const lossier = preset.pipelines.map((one) => ({ ...one, parameters: { ...one.parameters, lossy: 60 } }));
    const other = { ...preset, pipelines: lossier };
    await expect(resume(made, { preset: other })).rejects.toThrow(
      /made with other settings \(pipelines\.0\.parameters\.lossy was 40, now 60; .*\): run without --resume/,
    );
    const fewer = { ...preset, pipelines: preset.pipelines.slice(0, 1) };
    await expect(resume(made, { preset: fewer })).rejects.toThrow("pipelines.1.id was");
    await expect(resume(made, { limits: { maxPixels: 5000 } })).rejects.toThrow(
      "limits.maxPixels was 256000000, now 5000",
    );
    await expect(resume(made, { sampling: { defaultStrategy: "full" } })).rejects.toThrow("sampling.defaultStrategy");
    await expect(resume(made, { resumeFolder: gifs })).rejects.toThrow(/it has no run\.json/);
  });

  it("is refused while another process works on it", async () => {
    const made = await run();
    await withFolderLock(made.outputFolder, ".run.lock", async () => {
      await expect(resume(made)).rejects.toThrow(/another process works on .*: wait for its end/);
    });
    await resume(made);
  });
});

describe("findRun", () => {
  it("takes the preset's run with the highest number, and its inputs when there are no others", async () => {
    const first = await run();
    for (const name of ["900-other-01-01-26", "901-quick-test-01-01-26", "888-quick-test-x"]) {
      mkdirSync(join(folder, "runs", name));
    }
    const second = await run();
    const runs = join(folder, "runs");
    expect(second.outputFolder).toMatch(/902-quick-test-/);
    expect(await findRun([], runs, "quick-test")).toEqual({ inputs: [gifs], resumeFolder: second.outputFolder });
    expect(await findRun(["a.gif"], runs, "quick-test")).toMatchObject({ inputs: ["a.gif"] });
    expect(await findRun([first.outputFolder], runs, "quick-test")).toEqual({
      inputs: [gifs],
      resumeFolder: first.outputFolder,
    });
    // A link is not the run's name.
    expect(await findRun([join(runs, "latest")], runs, "quick-test")).toMatchObject({
      resumeFolder: second.outputFolder,
    });
    expect(await findRun([], runs, "other")).toEqual({ inputs: [] });
    expect(await findRun([], join(folder, "none"), "quick-test")).toEqual({ inputs: [] });
  });
});
