import { quantile } from "../interleaved-run.ts";

/** One of several ways to do work in this thread, measured beside the others. */
export interface Way {
  readonly name: string;
  /** Brings about the state the work starts from; not measured. */
  readonly prepare?: () => void;
  readonly run: () => unknown;
}

/** What one way needed. */
export interface ProcessorTime {
  readonly name: string;
  /** Median milliseconds of processor time over the rounds. */
  readonly ms: number;
  /** Per round, for ratios within a round. */
  readonly rounds: readonly number[];
}

/**
 * Does each way once per round, after one round to warm up, and measures what the processor did for this thread (user and
 * system): on a busy machine that says more than a clock. Not for work that waits, or that other threads do.
 */
export function processorTimes(ways: readonly Way[], rounds = 15): readonly ProcessorTime[] {
  const measured = ways.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const index = (turn + round) % ways.length;
      const ms = once(ways[index]!);
      if (round > 0) measured[index]!.push(ms);
    }
  }
  return ways.map(({ name }, index) => ({ name, ms: quantile(measured[index]!, 0.5), rounds: measured[index]! }));
}

/** Median over the rounds of how many times as long `slow` took as `fast` in the same round. */
export function processorRatio(slow: ProcessorTime, fast: ProcessorTime): number {
  return quantile(
    slow.rounds.map((ms, round) => ms / fast.rounds[round]!),
    0.5,
  );
}

function once({ prepare, run }: Way): number {
  prepare?.();
  globalThis.gc?.();
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
