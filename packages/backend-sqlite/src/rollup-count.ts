import type { Connection } from "./connection.ts";

const COUNT_UP = `INSERT INTO settings VALUES ('rollups', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1`;
const NOTE_TIME = `INSERT INTO settings VALUES ('lastRollUp', ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
const LAST = "SELECT value FROM settings WHERE key = 'lastRollUp'";
const COUNT = "SELECT value FROM settings WHERE key = 'rollups'";

/** To be called in each transaction in which rolled up rows take the place of others, so that readers notice. */
export function countRollup(connection: Connection, epochSeconds: number): void {
  connection.statement(COUNT_UP).run();
  connection.statement(NOTE_TIME).run(epochSeconds);
}

/** When rolled up rows took the place of others last, epoch seconds. */
export function lastRollUp(connection: Connection): number | undefined {
  return connection.value(LAST) as number | undefined;
}

/** Grows with every transaction in which rolled up rows take the place of others. */
export function rollupsSoFar(connection: Connection): number {
  return (connection.value(COUNT) as number | undefined) ?? 0;
}
