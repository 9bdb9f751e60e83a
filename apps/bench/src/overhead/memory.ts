import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import { runProgram, runsBuilt } from "./program.ts";

/** In bytes, after a garbage collection; `peak` is the largest resident set so far. */
export interface ProcessMemory {
  /** Resident set after half an hour. */
  readonly early: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly peak: number;
}

const ROUNDS = 3;
const MB = 2 ** 20;

/** What the whole of monitoring takes at 1,000 series: processes with and without it, in turns. */
export async function measureMemory(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  const [monitored, plain]: [ProcessMemory[], ProcessMemory[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await runProgram<ProcessMemory>("memory-program.ts", folder, "plain"));
      monitored.push(await runProgram<ProcessMemory>("memory-program.ts", folder, "monitored"));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const how = runsBuilt ? "" : "; run `pnpm build` first: from source, the compiler that strips types is counted too";
  console.log(`\nMemory of a process with 1,000 series in SQLite, sealed hourly (MB, medians of ${ROUNDS}${how})`);
  const fields = ["early", "rss", "heapUsed", "peak"] as const;
  const median = (runs: readonly ProcessMemory[], field: keyof ProcessMemory): number =>
    quantile(
      runs.map((run) => run[field] / MB),
      0.5,
    );
  printTable(
    ["", "without", "with", "more"],
    fields.map((field) => {
      const [without, withIt] = [median(plain, field), median(monitored, field)];
      const name = {
        early: "resident set, half an hour on",
        rss: "resident set, three hours on",
        heapUsed: "heap in use",
        peak: "largest resident set",
      }[field];
      return [name, without.toFixed(1), withIt.toFixed(1), (withIt - without).toFixed(1)];
    }),
  );
  const more = median(monitored, "rss") - median(plain, "rss");
  const atFirst = median(monitored, "early") - median(plain, "early");
  return [
    atMost("memory of monitoring at 1,000 series before the first sealing, promised", atFirst, 50, "MB"),
    atMost("memory of monitoring at 1,000 series, promised", more, 50, "MB"),
    atMost("memory of monitoring at 1,000 series, aimed at", more, 8, "MB"),
  ];
}
