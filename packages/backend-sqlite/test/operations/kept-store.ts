import type { SeededRandom } from "@giflab/backend-testkit";
import type { MetricSnapshot } from "@giflab/metrics-core";
import { madeUpFleet } from "../made-up-fleet.ts";
import { sealDue } from "../sealed-store.ts";
import type { StoreFolder } from "../store-folder.ts";

/** Minutes after an hour, hours after three. */
export const QUICK: { readonly rawHours: number; readonly retentionDays: number } = {
  rawHours: 1,
  retentionDays: 0.125,
};

/** A store with flushes that are hot and sealed, minutes and hours, of some processes; it is closed. */
export function keptStore(folder: StoreFolder, random: SeededRandom, hours = 6): readonly MetricSnapshot[] {
  const start = folder.clock.now();
  const snapshots = madeUpFleet(random, start, hours);
  const store = folder.open(QUICK);
  const half = snapshots.length / 2;
  for (const [at, snapshot] of snapshots.entries()) {
    store.writeSync(snapshot);
    if (at % Math.floor(half / 3) !== 0 || at < half) continue;
    folder.clock.advance(snapshot.end - folder.clock.now());
    sealDue(folder.dbPath, folder.clock, QUICK);
  }
  folder.clock.advance(Math.max(0, start + hours * 3600 - folder.clock.now()));
  store.closeSync();
  return snapshots;
}
