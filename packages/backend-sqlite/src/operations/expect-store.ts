import { retryWhileBusy } from "../busy-retry.ts";
import type { Connection } from "../connection.ts";
import { openReader } from "../open-reader.ts";
import { openWriter, type StoreWriter } from "../open-writer.ts";
import type { SqliteSettings } from "../sqlite-options.ts";

/**
 * Opens a store that must exist for writing. Throws `BACKEND_UNAVAILABLE` where there is none and `STORE_CORRUPT` for a
 * damaged one, where a program that records would make a new one: an operator wants to know.
 */
export async function openExisting(settings: SqliteSettings): Promise<StoreWriter> {
  (await openForReading(settings)).close();
  return retryWhileBusy(() => openWriter(settings));
}

/** Opens a store for reading, waiting for locks. Throws the codes of a reader. */
export function openForReading({ dbPath, onWarning }: SqliteSettings): Promise<Connection> {
  return retryWhileBusy(() => openReader(dbPath, onWarning));
}
