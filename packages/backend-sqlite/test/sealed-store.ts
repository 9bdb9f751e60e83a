import type { Clock } from "@giflab/metrics-core";
import { MaintenanceLease } from "../src/maintenance-lease.ts";
import { openWriter } from "../src/open-writer.ts";
import { Sealing } from "../src/seal.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { finish } from "../src/stepwise.ts";

/** Seals all that is due in a store, as another process would that has it open too. Returns how many blocks that made. */
export function sealDue(dbPath: string, clock: Clock): number {
  const writer = openWriter(resolveSqliteOptions({ dbPath, clock }));
  const { connection } = writer;
  try {
    const lease = new MaintenanceLease();
    const sealing = new Sealing(lease);
    let blocks = 0;
    while (finish(sealing.next(writer, clock.now()))) blocks++;
    connection.immediate(() => lease.release(connection));
    return blocks;
  } finally {
    connection.close();
  }
}
