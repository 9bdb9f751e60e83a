import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock } from "@giflab/metrics-core";
import { BEGIN, FLUSH_SECONDS, Workload } from "../storage/workload.ts";

/** Flushes between two turns of upkeep: an hour of them. */
const UPKEEP_FLUSHES = 3600 / FLUSH_SECONDS;

/** Fills a store with workload W over so many days, with the upkeep it has in life. Returns where its data end, in epoch seconds. */
export async function fillStore(dbPath: string, days: number): Promise<number> {
  const clock = new ManualClock(BEGIN);
  const store = new SqliteBackend({ dbPath, clock });
  const workload = new Workload(1);
  const flushes = Math.round((days * 86_400) / FLUSH_SECONDS);
  for (let flush = 1; flush <= flushes; flush++) {
    const snapshot = workload.next();
    clock.advance(snapshot.end - clock.now());
    store.write(snapshot);
    if (flush % 10 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    if (flush % UPKEEP_FLUSHES === UPKEEP_FLUSHES / 4) await store.maintain();
  }
  await store.close();
  return workload.now;
}
