import type { StateEntry } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

/** One state document. */
export function readState(connection: Connection, key: string): StateEntry | undefined {
  return connection.statement("SELECT key, value, version FROM state WHERE key = ?").get(key) as StateEntry | undefined;
}

/** State documents whose key begins with a prefix, sorted by key. */
export function listState(connection: Connection, prefix: string): readonly StateEntry[] {
  const sql = "SELECT key, value, version FROM state WHERE substr(key, 1, length(?)) = ? ORDER BY key";
  return connection.statement(sql).all(prefix, prefix) as StateEntry[];
}

/** See `StateStore.compareAndSet`. */
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
      return 0;
    }
    const version = expectedVersion + 1;
    connection
      .statement(
        "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version",
      )
      .run(key, value, version);
    return version;
  });
}
