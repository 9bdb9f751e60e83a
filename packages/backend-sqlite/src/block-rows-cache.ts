import type { Connection } from "./connection.ts";
import { type BlockRows, readBlockRows } from "./stored-block.ts";

/** Some days of blocks; one of an hour of flushes takes about 17 KB. */
const MOST_BLOCKS = 64;

interface Entry {
  readonly rows: BlockRows;
  /** The state of the file in which they were there. */
  readonly version: number;
}

/**
 * The rows of blocks, for programs that ask again and again: which there are never changes, only some may be gone, and not even
 * that has to be looked up while nobody writes. What was asked for longest ago goes first.
 */
export class BlockRowsCache {
  readonly #entries = new Map<number, Entry>();

  /** The rows of a block; `undefined` for one that is gone. To be called in a transaction, for a connection that changes nothing. */
  read(connection: Connection, id: number): BlockRows | undefined {
    const version = connection.pragma("data_version");
    const known = this.#entries.get(id);
    const rows = known?.version === version ? known.rows : readBlockRows(connection, id, known?.rows.ticks);
    this.#entries.delete(id);
    if (rows === undefined) return undefined;
    this.#entries.set(id, { rows, version });
    for (const oldest of this.#entries.keys()) if (this.#entries.size > MOST_BLOCKS) this.#entries.delete(oldest);
    return rows;
  }
}
