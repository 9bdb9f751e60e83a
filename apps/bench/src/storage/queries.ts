import { SqliteBackend } from "@giflab/backend-sqlite";
import { atMost, type Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import { threadCpuMs } from "./loop-watch.ts";
import type { AskedSeries } from "./storage-data.ts";
import { QUERY_TITLES, type TimedQuery, timeQueries } from "./time-queries.ts";

const DAY = 86_400;
/** A window that does not begin with a block costs a part of one. */
const ASIDE_SECONDS = 1234;

/** When it is in the store, how many days it holds, and what to ask for. */
interface Questions {
  /** Epoch seconds. */
  readonly now: number;
  readonly days: number;
  readonly asked: AskedSeries;
}

/** Times the queries Q1 to Q5 on a filled store; Q5, which deletes its oldest day, once. */
export async function measureQueries(dbPath: string, { now, days, asked }: Questions): Promise<Figure[]> {
  const store = new SqliteBackend({ dbPath, readonly: true });
  const begin = now - days * DAY;
  const { name, tags } = asked.counter;
  const aside = { from: now - DAY - ASIDE_SECONDS, to: now - ASIDE_SECONDS };
  const queries: TimedQuery[] = [
    { name: "Q1 last 5 min of all series", limitMs: 5, ask: () => store.summaries({ from: now - 300, to: now }) },
    {
      name: `Q2 one series, ${days} days in hours`,
      limitMs: 25,
      ask: () => store.series({ match: name, tags, from: begin, to: now, stepSeconds: 3600 }),
    },
    {
      name: "Q3 a prefix, 24 h",
      limitMs: 40,
      ask: () => store.summaries({ match: asked.prefix, from: now - DAY, to: now }),
    },
    {
      name: "Q3 the same, begun within an hour",
      limitMs: 40,
      ask: () => store.summaries({ match: asked.prefix, ...aside }),
    },
    {
      name: "Q4 p50, p95, p99 of a timer, 24 h",
      limitMs: 2,
      ask: () => store.summaries({ match: asked.timer, from: now - DAY, to: now }),
    },
  ];
  const { rows, figures } = await timeQueries(queries);
  await store.close();
  const pruned = await prune(dbPath, begin + DAY);
  const what = "Q5 delete the oldest day, return the space";
  rows.push([what, pruned.ms.toFixed(1), "", pruned.cpuMs.toFixed(1), "", `${pruned.gone} rows`]);
  figures.push(atMost(what, pruned.ms, 100, "ms"));
  console.log("");
  printTable(QUERY_TITLES, rows);
  return figures;
}

async function prune(dbPath: string, before: number): Promise<{ ms: number; cpuMs: number; gone: number }> {
  const store = new SqliteBackend({ dbPath, maxSizeMb: 10_000 });
  store.open();
  const [start, cpuStart] = [performance.now(), threadCpuMs()];
  const gone = await store.prune({ before });
  const [ms, cpuMs] = [performance.now() - start, threadCpuMs() - cpuStart];
  await store.close();
  return { ms, cpuMs, gone };
}
