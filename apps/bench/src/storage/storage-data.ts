import { RepeatedTrace } from "../trace/repeated-trace.ts";
import type { SnapshotSource } from "./snapshot-source.ts";
import { Workload } from "./workload.ts";

const SEED = 20_261_124;

/** Series that the queries Q2 to Q4 ask for. */
export interface AskedSeries {
  readonly counter: { readonly name: string; readonly tags: Readonly<Record<string, string>> };
  /** A glob that ends in `.*`. */
  readonly prefix: string;
  readonly timer: string;
}

/** Data to fill stores with: each call of `source` begins anew. */
export interface StorageData {
  readonly name: string;
  readonly source: () => SnapshotSource;
  readonly asked: AskedSeries;
}

/** Workload W, from a fixed seed. */
export const workloadData: StorageData = {
  name: `workload W (seed ${SEED})`,
  source: () => new Workload(SEED),
  asked: { counter: { name: "api.counter.7", tags: { route: "/r8" } }, prefix: "api.*", timer: "db.timer.40" },
};

/** The trace in the repository; throws when there is none. */
export function traceData(): StorageData & { readonly hours: number } {
  const { origin, hours } = new RepeatedTrace();
  return {
    name: `a real trace (${origin.recordedAt.slice(0, 10)}, ${origin.machine}; a flush a second, taken as one in ten, so ${hours.toFixed(1)} hours, repeated)`,
    source: () => new RepeatedTrace(),
    asked: {
      counter: { name: "process.cpu.seconds", tags: { mode: "user" } },
      prefix: "cache.validation.*",
      timer: "process.event_loop.delay",
    },
    hours,
  };
}
