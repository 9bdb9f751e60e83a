import { quantile } from "../interleaved-run.ts";

/** One of several ways to do a job of milliseconds, measured beside the others. */
export interface Job {
  readonly name: string;
  /** Brings about the state the job starts from (an empty cache, a file to remove); not measured. */
  readonly prepare?: () => void | Promise<void>;
  /** The job. What it returns is kept until the clock has been read, so that none of it is left out. */
  readonly run: () => unknown;
}

/** What one way needed. */
export interface JobTiming {
  readonly name: string;
  /** Median milliseconds over the rounds. */
  readonly ms: number;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number];
  /** Per round, for ratios within a round. */
  readonly rounds: readonly number[];
}

/** How long and how often. */
export interface JobRounds {
  /** Rounds at most; default 15. */
  readonly rounds?: number;
  /** No further round begins after this many seconds, but three are always done. Default 10. */
  readonly seconds?: number;
}

/**
 * Does all jobs once per round, each round in another order, after one round to warm up. A garbage collection before each
 * job keeps one way from paying for another's leavings.
 */
export async function interleaveJobs(jobs: readonly Job[], options: JobRounds = {}): Promise<readonly JobTiming[]> {
  const { rounds = 15, seconds = 10 } = options;
  for (const job of jobs) await once(job);
  const measured = jobs.map((): number[] => []);
  const began = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= 3 && performance.now() - began > 1000 * seconds) break;
    for (let turn = 0; turn < jobs.length; turn++) {
      const index = (turn + round) % jobs.length;
      measured[index]!.push(await once(jobs[index]!));
    }
  }
  return jobs.map(({ name }, index) => {
    const values = measured[index]!;
    return {
      name,
      ms: quantile(values, 0.5),
      quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
      rounds: values,
    };
  });
}

/** Median over the rounds of how many times longer `slow` took than `fast` in the same round. */
export function jobRatio(slow: JobTiming, fast: JobTiming): number {
  return quantile(
    slow.rounds.map((ms, round) => ms / fast.rounds[round]!),
    0.5,
  );
}

async function once({ prepare, run }: Job): Promise<number> {
  await prepare?.();
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  const result = run();
  const value = result instanceof Promise ? await result : result;
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  keep(value);
  return ms;
}

let kept: unknown;
function keep(value: unknown): void {
  kept = value;
  if (kept === undefined) kept = null;
}
