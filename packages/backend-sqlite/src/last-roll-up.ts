import type { Connection } from "./connection.ts";

const NOTE_TIME = `INSERT INTO settings VALUES ('lastRollUp', ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
const LAST = "SELECT value FROM settings WHERE key = 'lastRollUp'";

/** To be called in each transaction in which rolled up rows take the place of others. */
export function noteRollUp(connection: Connection, epochSeconds: number): void {
  connection.statement(NOTE_TIME).run(epochSeconds);
}

/** When rolled up rows took the place of others last, epoch seconds. */
export function lastRollUp(connection: Connection): number | undefined {
  return connection.value(LAST) as number | undefined;
}
