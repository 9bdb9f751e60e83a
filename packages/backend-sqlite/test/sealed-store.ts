import type { Clock } from "@giflab/metrics-core";
import type { SqliteOptions } from "../src/index.ts";
import { openWriter } from "../src/open-writer.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { finish } from "../src/stepwise.ts";
import { Upkeep } from "../src/upkeep.ts";

/** Does all upkeep that is due in a store, as another process would that has it open too. Returns how many blocks there are. */
export function sealDue(dbPath: string, clock: Clock, options: SqliteOptions = {}): number {
  const writer = openWriter(resolveSqliteOptions({ dbPath, clock, ...options }));
  try {
    finish(new Upkeep().run(writer, clock.now()));
    return writer.connection.value("SELECT count(*) FROM block") as number;
  } finally {
    writer.connection.close();
  }
}
