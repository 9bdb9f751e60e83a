import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import { runProgram } from "./program.ts";

/** What recording costs the processing app, in processor time. */
export interface EventCost {
  /** Milliseconds of each of some runs that nobody monitored. */
  readonly runMs: readonly number[];
  /** Messages that a run publishes. */
  readonly events: number;
  /** Of one message: making it and having it recorded. */
  readonly eventNs: number;
  readonly series: number;
  /** Of a flush with all series changed. */
  readonly flushMs: number;
  /** What sealing and writing back the log add to a flush, on average. */
  readonly upkeepMs: number;
}

const FLUSH_EVERY_MS = 10_000;
const AIM = 0.002;

/** Events times their cost, and flushes, over the processor time of a run: what no A/B comparison is fine enough to see. */
export async function measureEventCost(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  let cost: EventCost;
  try {
    cost = await runProgram("event-cost-program.ts", folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const run = quantile(cost.runMs, 0.5);
  const recording = (cost.events * cost.eventNs) / 1e6;
  // One a ten seconds: a process that is never idle.
  const flushes = run / FLUSH_EVERY_MS;
  const [flushing, upkeep] = [flushes * cost.flushMs, flushes * cost.upkeepMs];
  const percent = (ms: number): string => `${((100 * ms) / run).toFixed(3)} %`;
  console.log(`\nWhat recording costs a run of the processing app (${run.toFixed(0)} ms of processor time), by parts`);
  printTable(
    ["", "how often", "each", "ms", "of the run"],
    [
      ["events", String(cost.events), `${cost.eventNs.toFixed(0)} ns`, recording.toFixed(2), percent(recording)],
      [
        `flushes of ${cost.series} series, every 10 s`,
        flushes.toFixed(2),
        `${cost.flushMs.toFixed(2)} ms`,
        flushing.toFixed(2),
        percent(flushing),
      ],
      ["sealing and the log", "", `${cost.upkeepMs.toFixed(2)} ms`, upkeep.toFixed(2), percent(upkeep)],
    ],
  );
  const share = (recording + flushing + upkeep) / run;
  const text = `events, flushes and upkeep <= ${100 * AIM} % of the run's processor time`;
  return [{ text, got: `${(100 * share).toFixed(3)} %`, reached: share <= AIM }];
}
