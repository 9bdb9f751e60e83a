import { execFile } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeGif } from "../../src/gif/encode-gif.ts";

const PROGRAM = fileURLToPath(new URL("fixtures/measured-run.ts", import.meta.url));
const LONG = process.env["GIFLAB_TEST_LONG"] === "1";
const GIFS = LONG ? 10_000 : 300;
/**
 * What memory may grow by from a tenth of the files to all of them. The frame cache remembers when it saw its last 32,768
 * keys, which come to 5 MB after as many files and never more.
 */
const GROWTH_MB = LONG ? 6 : 2;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-many-gifs-"));
});
// Ten thousand GIFs leave fifty thousand files.
afterEach(() => rmSync(folder, { recursive: true, force: true }), 600_000);

/** Each with pixels of its own, so that no cache knows it; one in fifty is none. */
function writeGifs(gifs: string): void {
  for (let n = 0; n < GIFS; n++) {
    const sub = join(gifs, String(n % 7));
    mkdirSync(sub, { recursive: true });
    const frames = [0, 1, 2].map((t) => {
      const rgba = Uint8ClampedArray.from({ length: 4 * 12 * 12 }, (_, at) =>
        at % 4 === 3 ? 255 : ((at + 17 * t) * (n + 3)) >> (at % 3),
      );
      return { rgba, delaySeconds: 0.1 };
    });
    const bytes = n % 50 === 49 ? "GIF89a" : encodeGif(frames, { width: 12, height: 12 });
    writeFileSync(join(sub, `${n}.gif`), bytes);
  }
}

it(`takes a folder of ${GIFS.toLocaleString("en")} GIFs in the memory that a tenth of them needs`, async () => {
  const gifs = join(folder, "gifs");
  writeGifs(gifs);
  const args = ["--conditions=@giflab/source", "--expose-gc", PROGRAM, gifs, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const run = JSON.parse(stdout);
  console.log(stdout.trim());
  expect(run).toMatchObject({ processed: GIFS - GIFS / 50, failed: GIFS / 50 });
  expect(run.failuresKept).toBe(Math.min(100, GIFS / 50));
  expect(run.atTenth).toBeGreaterThan(0);
  expect((run.atEnd - run.atTenth) / 2 ** 20).toBeLessThan(GROWTH_MB);
  const rows = new Set<string>();
  const lines = createInterface({ input: createReadStream(join(run.outputFolder, "streaming_results.ndjson")) });
  for await (const line of lines) {
    const { orig_filename, pipeline_id = "" } = JSON.parse(line);
    rows.add(`${orig_filename} ${pipeline_id}`);
  }
  expect(rows.size).toBe(2 * (GIFS - GIFS / 50) + GIFS / 50);
  // As many PNG files as frames would be too many: above a hundred GIFs they are written only when asked for.
  const own = readdirSync(run.outputFolder).find((name) => /^0-[0-9a-f]{8}$/.test(name))!;
  expect(readdirSync(join(run.outputFolder, own)).filter((name) => !name.includes("tolerance"))).toEqual([
    "original.gif",
    "preview.png",
  ]);
});
