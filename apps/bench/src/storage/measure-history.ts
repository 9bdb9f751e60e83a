import { SqliteBackend } from "@giflab/backend-sqlite";
import type { Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import { HISTORY, historyStore } from "./history-store.ts";
import { QUERY_TITLES, timeQueries } from "./time-queries.ts";

const DAY = 86_400;
const HOUR = 3600;
const LIMIT_MS = 50;

/** Times queries that reach back a month, on a store with the default rollups: a day as flushed, six by minute, 23 by hour. */
export async function measureHistory(): Promise<Figure[]> {
  const dbPath = await historyStore();
  const { begin, now } = HISTORY;
  const store = new SqliteBackend({ dbPath, readonly: true });
  const month = { from: begin, to: now, stepSeconds: HOUR };
  const { rows, figures } = await timeQueries([
    {
      name: "a counter, 30 days in hours",
      limitMs: LIMIT_MS,
      ask: () => store.series({ match: "api.counter.7", ...month }),
    },
    {
      name: "a gauge, 30 days in hours",
      limitMs: LIMIT_MS,
      ask: () => store.series({ match: "api.gauge.27", ...month }),
    },
    {
      name: "p95 of a timer, 30 days in hours",
      limitMs: LIMIT_MS,
      ask: () => store.series({ match: "db.timer.40", ...month, statistic: "p95" }),
    },
    {
      name: "p95 of a timer over 30 days",
      limitMs: LIMIT_MS,
      ask: () => store.summaries({ match: "db.timer.40", from: begin, to: now }),
    },
    {
      name: "all series, last hour of the day 30 days ago",
      limitMs: LIMIT_MS,
      ask: () => store.summaries({ from: begin + DAY - HOUR, to: begin + DAY }),
    },
  ]);
  await store.close();
  console.log(`\nworkload W (seed ${HISTORY.seed}) for 30 days, the last nine with a flush a minute, default rollups`);
  printTable(QUERY_TITLES, rows);
  return figures;
}
