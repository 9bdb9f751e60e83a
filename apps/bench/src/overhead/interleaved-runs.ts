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

/** A process whose runs took turns: `monitored[i]` and `plain[i]` were neighbours. */
interface Session {
  readonly monitored: readonly AppRun[];
  readonly plain: readonly AppRun[];
}

/** Processes; `GIFLAB_BENCH_SESSIONS=3` for a quick look. */
const SESSIONS = Number(process.env["GIFLAB_BENCH_SESSIONS"] ?? 10);
/** Stretches of runs with and without monitoring in a process, in turns. */
const STRETCHES = 20;
/** Counted runs of a stretch. */
const RUNS = 8;
/** Runs before them: a start opens the store and meets each series for the first time. */
const SETTLING = 3;
/** Stretches of each kind until all is compiled: before, monitoring pays for its code in runs that are about to be over. */
const WARM_UP = 4;
const SEED = 20_261_124;
const PROMISED = 0.01;

/**
 * The processing app in processes that run it with and without monitoring in turns, which is started and stopped between them.
 * Two processes, one of them monitored, differ by several percent by themselves, in the same direction in all of their runs.
 */
export async function measureInterleaved(): Promise<Figure[]> {
  const sessions: Session[] = [];
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  try {
    for (let session = 0; session < SESSIONS; session++) sessions.push(await runSession(folder, session % 2 === 0));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `\nThe processing app with and without monitoring: ${SESSIONS} processes, ${STRETCHES * RUNS} runs of each kind, ${RUNS} in turn (seed ${SEED})`,
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
  await using program = new LineProgram("app-program.ts", folder);
  const runs: { readonly monitored: AppRun[]; readonly plain: AppRun[] } = { monitored: [], plain: [] };
  for (let stretch = 0; stretch < WARM_UP + STRETCHES; stretch++) {
    // Which comes first changes, so that what changes with time meets both alike.
    const first = (stretch % 2 === 0) === monitoredFirst;
    for (const kind of first ? (["monitored", "plain"] as const) : (["plain", "monitored"] as const)) {
      for (let run = 0; run < SETTLING + RUNS; run++) {
        const measured = await program.ask<AppRun>(kind);
        if (stretch >= WARM_UP && run >= SETTLING) runs[kind].push(measured);
      }
    }
  }
  return runs;
}

type Reading = (run: AppRun) => number;

/**
 * The median over the pairs of neighbours is what one process says; what is drawn again are processes, whose pairs have much in
 * common.
 */
function overhead(sessions: readonly Session[], of: Reading): Estimate {
  const ratios = sessions.map(({ monitored, plain }) =>
    quantile(
      monitored.map((run, i) => Math.log(of(run) / of(plain[i]!))),
      0.5,
    ),
  );
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
