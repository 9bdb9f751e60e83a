import type { Connection } from "./connection.ts";

const COUNT_UP = `INSERT INTO settings VALUES ('packings', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1`;
const COUNT = "SELECT value FROM settings WHERE key = 'packings'";

/** To be called in each transaction in which points move: rows are sealed, or rolled up rows take the place of others. */
export function countPacking(connection: Connection): void {
  connection.statement(COUNT_UP).run();
}

/** Grows with every transaction in which points have moved. */
export function packingsSoFar(connection: Connection): number {
  return (connection.value(COUNT) as number | undefined) ?? 0;
}
