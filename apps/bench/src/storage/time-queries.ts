import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { threadCpuMs } from "./loop-watch.ts";

const ROUNDS = 15;

/** A query, and the milliseconds that its median is to stay below. */
export interface TimedQuery {
  readonly name: string;
  readonly limitMs: number;
  /** Gives what was found. */
  readonly ask: () => Promise<{ readonly length: number }>;
}

/** What was measured: a row of the table below `QUERY_TITLES` for each query, and its figure. */
export interface QueryTimes {
  readonly rows: string[][];
  readonly figures: Figure[];
}

export const QUERY_TITLES: readonly string[] = ["", "median ms", "fastest", "median CPU ms", "first", "found"];

/** Asks each query some times, one after the other. The first time is told apart: nothing is in memory then. */
export async function timeQueries(queries: readonly TimedQuery[]): Promise<QueryTimes> {
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const { name, limitMs, ask } of queries) {
    const [times, cpu]: [number[], number[]] = [[], []];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const [start, cpuStart] = [performance.now(), threadCpuMs()];
      found = (await ask()).length;
      times.push(performance.now() - start);
      cpu.push(threadCpuMs() - cpuStart);
    }
    const first = times[0]!;
    const numbers = [quantile(times, 0.5), Math.min(...times), quantile(cpu, 0.5), first];
    rows.push([name, ...numbers.map((ms) => ms.toFixed(2)), String(found)]);
    figures.push(atMost(name, quantile(times, 0.5), limitMs, "ms"));
  }
  return { rows, figures };
}
