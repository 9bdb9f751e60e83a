import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeGif } from "../../src/gif/encode-gif.ts";
import { SeededRandom } from "../caching/seeded-random.ts";
import { csvRows, ndjsonRows, timeless } from "./run-in-folder.ts";

const RUN = fileURLToPath(new URL("../commands/fixtures/run-command.ts", import.meta.url));
const ROUNDS = process.env["GIFLAB_TEST_LONG"] === "1" ? 20 : 3;
const GIFS = 40;
const OPTIONS = ["--no-monitoring", "--no-extract-frames"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-killed-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeGifs(random: () => number): void {
  mkdirSync(join(folder, "gifs"));
  for (let n = 0; n < GIFS; n++) {
    const side = 8 + Math.floor(random() * 8);
    const frames = Array.from({ length: 3 }, () => {
      const rgba = Uint8ClampedArray.from({ length: 4 * side * side }, (_, at) =>
        at % 4 === 3 ? 255 : random() * 256,
      );
      return { rgba, delaySeconds: 0.1 };
    });
    writeFileSync(join(folder, `gifs/${n}.gif`), encodeGif(frames, { width: side, height: side }));
  }
  writeFileSync(join(folder, "gifs/bad.gif"), "GIF89a");
}

/** When a run is killed: so long after its start, or when its row file has so many bytes more. */
type Kill = { readonly afterMs: number } | { readonly out: string; readonly afterBytes: number };

/** What the row file of the latest run in `out` has, 0 when there is none. */
function bytesIn(out: string): number {
  return statSync(join(folder, out, "latest/streaming_results.ndjson"), { throwIfNoEntry: false })?.size ?? 0;
}

/** Calls `kill` when it is time; the result ends the watch. */
function watch(at: Kill, kill: () => void): () => void {
  if ("afterMs" in at) {
    const timer = setTimeout(kill, at.afterMs);
    return () => clearTimeout(timer);
  }
  const limit = bytesIn(at.out) + at.afterBytes;
  const timer = setInterval(() => (bytesIn(at.out) >= limit ? kill() : undefined), 1);
  return () => clearInterval(timer);
}

/** Runs the command, which may be killed. Resolves to whether it came to its end. */
function run(args: readonly string[], home: string, at?: Kill): Promise<boolean> {
  const child = spawn(process.execPath, ["--conditions=@giflab/source", RUN, "gifs", ...OPTIONS, ...args], {
    cwd: folder,
    env: { ...process.env, HOME: join(folder, home) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = at === undefined ? undefined : watch(at, () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      stop?.();
      if (signal !== null || code === 0) resolve(signal === null);
      else reject(new Error(`the run ended with ${code}`));
    });
  });
}

/** The name of the only run in `out`. */
function runFolder(out: string): string {
  const names = readdirSync(join(folder, out)).filter((name) => /^\d/.test(name));
  expect(names).toHaveLength(1);
  return join(folder, out, names[0]!);
}

it("has the rows of a run that was left alone after being killed at any moment and taken up again", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  const numbers = new SeededRandom(seed);
  const random = (): number => numbers.below(2 ** 31) / 2 ** 31;
  writeGifs(random);
  const began = performance.now();
  await run(["-o", "whole"], "home");
  const wholeMs = performance.now() - began;
  const whole = timeless(csvRows(join(runFolder("whole"), "streaming_results.csv")));
  expect(whole).toHaveLength(2 * GIFS + 1);
  const rowBytes = bytesIn("whole");
  let kills = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const out = `out-${round}`;
    // The caches are as they are after the kills: what is in them must not matter either.
    const home = `home-${round}`;
    // Once among its rows, then at any time from its start to its end and later.
    let at: Kill = { out, afterBytes: 1 + rowBytes * 0.8 * random() };
    while (!(await run(["-o", out, "--resume"], home, at))) {
      kills++;
      at = { afterMs: wholeMs * (0.3 + 0.8 * random()) };
    }
    const made = runFolder(out);
    const rows = csvRows(join(made, "streaming_results.csv"));
    const where = `seed ${seed}, round ${round}`;
    expect(timeless(rows), where).toEqual(whole);
    expect(csvRows(join(made, "elimination_test_results.csv")), where).toEqual(rows);
    expect(
      ndjsonRows(join(made, "streaming_results.ndjson")).map((row) => [row["orig_filename"], row["pipeline_id"] ?? ""]),
      where,
    ).toEqual(rows.map((row) => [row["orig_filename"], row["pipeline_id"]]));
    const history = csvRows(join(folder, out, "elimination_history_master.csv")).map(({ run: _, ...row }) => row);
    expect(timeless(history), where).toEqual(whole);
  }
  console.log(`${kills} kills in ${ROUNDS} rounds`);
  expect(kills).toBeGreaterThanOrEqual(ROUNDS);
});
