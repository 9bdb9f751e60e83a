import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeGif, FrameCache } from "@giflab/processing";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import type { BenchGif } from "./bench-set.ts";
import type { GifSuite } from "./gif-suite.ts";

const ROUNDS = 7;
const DISK_TIMES = 4;
const PROGRAM = fileURLToPath(new URL("./new-process.ts", import.meta.url));

const BUILT = fileURLToPath(new URL("../../../processing/dist/index.js", import.meta.url));

interface Row {
  readonly gif: BenchGif;
  /** Medians in ms: the first decode of a process, opening the cache, the first look-up. */
  readonly decode: number;
  readonly open: number;
  readonly lookUp: number;
  /** Median over the rounds of decode over look-up. */
  readonly times: number;
}

/**
 * What a new process sees, measured in new processes that use the built package: the first decode of one, which loads the
 * decoder, beside the first look-up of another that hits the disk. Opening the cache, which loads the SQLite driver, comes once
 * per process and has a column of its own. Needs `pnpm build`.
 */
export const newProcessSuite: GifSuite = {
  name: "new-process",
  run: async (set) => {
    if (!existsSync(BUILT)) {
      console.log("\nnew-process: left out, as it measures the built package: run pnpm build first");
      return [];
    }
    const folder = mkdtempSync(join(tmpdir(), "giflab-new-process-bench-"));
    try {
      const rows: Row[] = [];
      for (const gif of set) rows.push(await measure(gif, join(folder, `${gif.name}.db`)));
      print(rows);
      const worst = rows.reduce((a, b) => (b.times < a.times ? b : a));
      return [
        {
          text: `first disk hit of a process >= ${DISK_TIMES}x its first decode, every GIF`,
          got: `${worst.times.toFixed(1)}x (${worst.gif.name})`,
          reached: worst.times >= DISK_TIMES,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(gif: BenchGif, diskPath: string): Promise<Row> {
  const cache = new FrameCache({ diskPath });
  cache.put(gif.path, await decodeGif(gif.path));
  await cache.close();
  const [decodes, opens, lookUps]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const decode = (): void => void decodes.push(...inNewProcess("decode", gif.path));
    if (round % 2 === 0) decode();
    const [open, lookUp] = inNewProcess("look-up", gif.path, diskPath);
    opens.push(open!);
    lookUps.push(lookUp!);
    if (round % 2 === 1) decode();
  }
  const ratios = decodes.map((ms, round) => ms / lookUps[round]!);
  const [decode, open, lookUp, times] = [decodes, opens, lookUps, ratios].map((values) => quantile(values, 0.5));
  return { gif, decode: decode!, open: open!, lookUp: lookUp!, times: times! };
}

function inNewProcess(...given: string[]): number[] {
  // Without the condition under which the repository runs its sources.
  return JSON.parse(execFileSync(process.execPath, [PROGRAM, ...given], { encoding: "utf8" })) as number[];
}

function print(rows: readonly Row[]): void {
  console.log("\nFrame cache in new processes: ms of the first decode and of the first look-up, which hits the disk");
  printTable(
    ["", "decode", "look-up", "times", "opening the cache, once"],
    rows.map(({ gif, decode, open, lookUp, times }) => [
      gif.name,
      decode.toFixed(2),
      lookUp.toFixed(2),
      `${times.toFixed(1)}x`,
      open.toFixed(2),
    ]),
  );
}
