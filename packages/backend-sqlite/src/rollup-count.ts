import type { Connection } from "./connection.ts";

const COUNT_UP = `INSERT INTO settings VALUES ('rollups', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1`;
const COUNT = "SELECT value FROM settings WHERE key = 'rollups'";

/** To be called in each transaction in which rolled up rows take the place of others, so that readers notice. */
export function countRollup(connection: Connection): void {
  connection.statement(COUNT_UP).run();
}

/** Grows with every transaction in which rolled up rows take the place of others. */
export function rollupsSoFar(connection: Connection): number {
  return (connection.value(COUNT) as number | undefined) ?? 0;
}
