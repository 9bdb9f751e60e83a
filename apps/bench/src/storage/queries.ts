import { SqliteBackend } from "@giflab/backend-sqlite";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import { threadCpuMs } from "./loop-watch.ts";
import type { AskedSeries } from "./storage-data.ts";

const ROUNDS = 15;
const DAY = 86_400;

/** When it is in the store, how many days it holds, and what to ask for. */
interface Questions {
  /** Epoch seconds. */
  readonly now: number;
  readonly days: number;
  readonly asked: AskedSeries;
}

/** Times the queries Q1 to Q5 on a filled store; Q5, which deletes half of it, once. */
export async function measureQueries(dbPath: string, { now, days, asked }: Questions): Promise<Figure[]> {
  const store = new SqliteBackend({ dbPath, readonly: true });
  const queries: readonly [string, number, () => Promise<{ readonly length: number }>][] = [
    ["Q1 last 5 min of all series", 5, () => store.summaries({ from: now - 300, to: now })],
    [
      `Q2 one series, ${days} days in hours`,
      25,
      () =>
        store.series({
          match: asked.counter.name,
          tags: asked.counter.tags,
          from: now - days * DAY,
          to: now,
          stepSeconds: 3600,
        }),
    ],
    ["Q3 a prefix, 24 h", 40, () => store.summaries({ match: asked.prefix, from: now - DAY, to: now })],
    ["Q4 p50, p95, p99 of a timer, 24 h", 2, () => store.summaries({ match: asked.timer, from: now - DAY, to: now })],
  ];
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const [name, limit, query] of queries) {
    const [times, cpu]: [number[], number[]] = [[], []];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const [start, cpuStart] = [performance.now(), threadCpuMs()];
      found = (await query()).length;
      times.push(performance.now() - start);
      cpu.push(threadCpuMs() - cpuStart);
    }
    const [median, fastest, busy] = [quantile(times, 0.5), Math.min(...times), quantile(cpu, 0.5)];
    rows.push([name, median.toFixed(2), fastest.toFixed(2), busy.toFixed(2), String(found)]);
    figures.push(atMost(name, quantile(times, 0.5), limit, "ms"));
  }
  await store.close();
  const writer = new SqliteBackend({ dbPath, maxSizeMb: 10_000 });
  const start = performance.now();
  const gone = await writer.prune({ before: now - (days * DAY) / 2 });
  const took = performance.now() - start;
  await writer.close();
  rows.push(["Q5 delete half and return the space", took.toFixed(1), "", "", `${gone} rows`]);
  figures.push(atMost("Q5 delete half and return the space", took, 100, "ms"));
  console.log("");
  printTable(["", "median ms", "fastest", "median CPU ms", "found"], rows);
  return figures;
}
