import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import { runProgram } from "./program.ts";

/** What the upkeep of an hour of 1,000 series took, in milliseconds of processor time. */
export interface UpkeepCost {
  /** Of the thread of the event loop, what flushes take left out. */
  readonly loopMs: number;
  /** Of all threads. */
  readonly allMs: number;
  /** The largest resident set while it went on, more than before, in bytes. */
  readonly memory: number;
  readonly blocks: number;
}

const ROUNDS = 3;
const PLACES = ["thread", "loop"] as const;

/** What upkeep takes of the event loop when a thread does it, and when the loop does: the hour of 1,000 series that is over. */
export async function measureUpkeep(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  const runs: Record<(typeof PLACES)[number], UpkeepCost[]> = { thread: [], loop: [] };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const place of PLACES) runs[place].push(await runProgram<UpkeepCost>("upkeep-program.ts", folder, place));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const median = (place: (typeof PLACES)[number], field: keyof UpkeepCost): number =>
    quantile(
      runs[place].map((run) => run[field]),
      0.5,
    );
  console.log(`\nSealing an hour of 1,000 series (medians of ${ROUNDS})`);
  printTable(
    ["", "event loop, CPU ms in all", "all threads, CPU ms", "most memory meanwhile, MB"],
    PLACES.map((place) => [
      place === "thread" ? "by a thread" : "in slices on the event loop",
      median(place, "loopMs").toFixed(1),
      median(place, "allMs").toFixed(0),
      (median(place, "memory") / 2 ** 20).toFixed(0),
    ]),
  );
  return [
    atMost("upkeep in a thread takes of the event loop in all, processor time", median("thread", "loopMs"), 10, "ms"),
  ];
}
