import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { seededRandom } from "../seeded-random.ts";
import { printTable } from "../table.ts";
import { bootstrapMean, type Estimate } from "./bootstrap.ts";
import { LineProgram } from "./program.ts";

/** One run of the app. */
export interface AppRun {
  readonly ms: number;
  /** Of all threads. */
  readonly cpuMs: number;
}

/** Two processes whose runs took turns: `monitored[i]` and `plain[i]` were neighbours. */
interface Session {
  readonly monitored: readonly AppRun[];
  readonly plain: readonly AppRun[];
}

/** Pairs of processes; `GIFLAB_BENCH_SESSIONS=3` for a quick look. */
const SESSIONS = Number(process.env["GIFLAB_BENCH_SESSIONS"] ?? 10);
const RUNS = 150;
/** Until both programs are compiled: before, monitoring pays for its code in runs that are about to be over. */
const WARM_UP = 60;
const SEED = 20_261_124;
const PROMISED = 0.01;

/** The processing app in pairs of processes, one of them monitored, whose runs take turns. */
export async function measureInterleaved(): Promise<Figure[]> {
  const sessions: Session[] = [];
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  try {
    for (let session = 0; session < SESSIONS; session++) sessions.push(await runSession(folder, session % 2 === 0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `\nThe processing app with and without monitoring: ${SESSIONS} pairs of processes, ${RUNS} runs of each in turns (seed ${SEED})`,
  );
  const cpu = overhead(sessions, ({ cpuMs }) => cpuMs);
  const wall = overhead(sessions, ({ ms }) => ms);
  printTable(
    ["", "without, median ms", "with", "more, mean", "95 % interval"],
    [
      ["processor time of a run", ...medians(sessions, ({ cpuMs }) => cpuMs), ...cells(cpu)],
      ["wall time of a run", ...medians(sessions, ({ ms }) => ms), ...cells(wall)],
    ],
  );
  return [
    {
      text: "a monitored run takes < 1 % more processor time: upper end of the interval",
      got: `${percent(cpu.high)} (mean ${percent(cpu.mean)})`,
      reached: cpu.high < PROMISED,
    },
  ];
}

async function runSession(folder: string, monitoredFirst: boolean): Promise<Session> {
  await using monitored = new LineProgram("app-program.ts", folder, "monitored");
  await using plain = new LineProgram("app-program.ts", folder, "plain");
  const runs: { readonly monitored: AppRun[]; readonly plain: AppRun[] } = { monitored: [], plain: [] };
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    // Which comes first changes, so that what changes with time meets both alike.
    const first = (run % 2 === 0) === monitoredFirst;
    for (const which of first ? (["monitored", "plain"] as const) : (["plain", "monitored"] as const)) {
      const measured = await (which === "monitored" ? monitored : plain).ask<AppRun>();
      if (run >= WARM_UP) runs[which].push(measured);
    }
  }
  return runs;
}

type Reading = (run: AppRun) => number;

/**
 * A process has a speed of its own: what is drawn again is pairs of processes. What a process needs is the first quartile of
 * its runs, as whatever else the machine does only ever adds.
 */
function overhead(sessions: readonly Session[], of: Reading): Estimate {
  const needed = (runs: readonly AppRun[]): number => quantile(runs.map(of), 0.25);
  const ratios = sessions.map(({ monitored, plain }) => Math.log(needed(monitored) / needed(plain)));
  const { mean, low, high } = bootstrapMean(ratios, seededRandom(SEED));
  return { mean: Math.expm1(mean), low: Math.expm1(low), high: Math.expm1(high) };
}

function medians(sessions: readonly Session[], of: Reading): string[] {
  const median = (which: keyof Session): string =>
    quantile(
      sessions.flatMap((session) => session[which].map(of)),
      0.5,
    ).toFixed(1);
  return [median("plain"), median("monitored")];
}

function cells({ mean, low, high }: Estimate): string[] {
  return [percent(mean), `${percent(low)} .. ${percent(high)}`];
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
