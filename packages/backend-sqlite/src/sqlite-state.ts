import type { StateEntry } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const COLUMNS = "key, value, version";
const SET =
  "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version";
const FLOOR = "SELECT value FROM settings WHERE key = 'stateVersion'";
const RAISE_FLOOR = `INSERT INTO settings VALUES ('stateVersion', ?)
  ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)`;

/** One state document. */
export function readState(connection: Connection, key: string): StateEntry | undefined {
  return connection.statement(`SELECT ${COLUMNS} FROM state WHERE key = ?`).get(key) as StateEntry | undefined;
}

/** State documents whose key begins with a prefix, sorted by key. */
export function listState(connection: Connection, prefix: string): readonly StateEntry[] {
  const rows = connection.statement(`SELECT ${COLUMNS} FROM state WHERE key >= ? ORDER BY key`);
  const found: StateEntry[] = [];
  for (const entry of rows.iterate(prefix) as IterableIterator<StateEntry>) {
    // Keys with a common beginning stand side by side.
    if (!entry.key.startsWith(prefix)) break;
    found.push(entry);
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * See `StateStore.compareAndSet`. A key that is made again after a deletion goes on above all versions that were deleted, so
 * that somebody who has read the former document cannot take the new one for it.
 */
export function compareAndSetState(
  connection: Connection,
  key: string,
  expectedVersion: number,
  value: string | undefined,
): number | undefined {
  return connection.immediate(() => {
    if ((readState(connection, key)?.version ?? 0) !== expectedVersion) return undefined;
    if (value === undefined) {
      connection.statement("DELETE FROM state WHERE key = ?").run(key);
      if (expectedVersion > 0) connection.statement(RAISE_FLOOR).run(expectedVersion);
      return 0;
    }
    const floor = expectedVersion > 0 ? expectedVersion : ((connection.value(FLOOR) as number | undefined) ?? 0);
    connection.statement(SET).run(key, value, floor + 1);
    return floor + 1;
  });
}
