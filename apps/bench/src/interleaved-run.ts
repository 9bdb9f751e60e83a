/** One of several ways to do the same thing, measured beside the others. */
export interface Contestant {
  readonly name: string;
  /** Does it `count` times in a loop of its own, so that the compiler sees one call site per contestant. */
  readonly run: (count: number) => void | Promise<void>;
  /** Lets what the run has set off come to rest (sends, timers); not measured. */
  readonly settle?: () => Promise<void>;
}

/** What one contestant needed. */
export interface Timing {
  readonly name: string;
  /** Median nanoseconds per operation over the rounds. */
  readonly ns: number;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number];
  /** Per round, for ratios within a round. */
  readonly rounds: readonly number[];
}

const ROUND_SECONDS = 0.004;
const ROUNDS = 61;

/**
 * Measures contestants in many short rounds, each round in another order, so that a busy machine or a changing clock speed
 * meets all of them alike. Compare within one run only.
 */
export async function interleave(contestants: readonly Contestant[], rounds = ROUNDS): Promise<Timing[]> {
  const counts: number[] = [];
  for (const { run, settle } of contestants) {
    for (let i = 0; i < 20; i++) await run(500);
    await settle?.();
    counts.push(await calibrate(run));
    await settle?.();
  }
  const measured = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (turn + round) % contestants.length;
      const { run, settle } = contestants[index]!;
      const count = counts[index]!;
      measured[index]!.push((await nanoseconds(run, count)) / count);
      await settle?.();
    }
  }
  return contestants.map(({ name }, index) => {
    const values = measured[index]!;
    return {
      name,
      ns: quantile(values, 0.5),
      quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
      rounds: values,
    };
  });
}

/** Median over the rounds of how many times slower `slow` was than `fast` in the same round. */
export function ratio(slow: Timing, fast: Timing): number {
  return quantile(
    slow.rounds.map((ns, round) => ns / fast.rounds[round]!),
    0.5,
  );
}

/** The value below which a share `q` of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** How many operations fill a round. */
async function calibrate(run: Contestant["run"]): Promise<number> {
  for (let count = 1000; ; count *= 2) {
    const seconds = (await nanoseconds(run, count)) / 1e9;
    if (seconds >= ROUND_SECONDS / 2) return Math.max(100, Math.round((count * ROUND_SECONDS) / seconds));
  }
}

async function nanoseconds(run: Contestant["run"], count: number): Promise<number> {
  const start = process.hrtime.bigint();
  const running = run(count);
  // Waiting for nothing would put a turn of the microtask queue into what is not asynchronous.
  if (running !== undefined) await running;
  return Number(process.hrtime.bigint() - start);
}
