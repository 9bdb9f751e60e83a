import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock } from "@giflab/metrics-core";
import type { Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import { QUERY_TITLES, timeQueries } from "./time-queries.ts";
import { Workload } from "./workload.ts";

const SEED = 20_261_124;
const DAYS = 30;
const DAY = 86_400;
const HOUR = 3600;
/** What is older than a day is kept by minute or hour anyway, so only the last day differs from that of shorter flushes. */
const FLUSH_SECONDS = 60;
const LIMIT_MS = 50;

/** Times queries that reach back a month, on a store with the default rollups: a day as flushed, six by minute, 23 by hour. */
export async function measureHistory(folder: string): Promise<Figure[]> {
  const dbPath = join(folder, "history.db");
  const { begin, now } = await fill(dbPath);
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
  console.log(`\nworkload W (seed ${SEED}) for ${DAYS} days with a flush a minute, default rollups`);
  printTable(QUERY_TITLES, rows);
  return figures;
}

async function fill(dbPath: string): Promise<{ readonly begin: number; readonly now: number }> {
  const workload = new Workload(SEED, FLUSH_SECONDS);
  const clock = new ManualClock(workload.begin);
  const store = new SqliteBackend({ dbPath, clock, maxSizeMb: 10_000 });
  while (workload.now < workload.begin + DAYS * DAY) {
    const snapshot = workload.next();
    clock.advance(snapshot.end - clock.now());
    store.write(snapshot);
    // A quarter past the hour, when the hour before is due.
    if ((snapshot.end - workload.begin) % HOUR === HOUR / 4) await store.maintain();
  }
  await store.close();
  return { begin: workload.begin, now: workload.now };
}
