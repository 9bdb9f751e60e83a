import type { StoredRow } from "./row-pages.ts";

/** The cache holds up to twice as much; an hour of 200 series, a flush every ten seconds, is 1.3 MB. */
const GENERATION_BYTES = 2 * 2 ** 20;
/** A row in memory costs about this much besides its data. */
const ENTRY_BYTES = 150;

/**
 * Packed points of rows that are not sealed, as they were read: SQLite reads a row of some KB page by page, which takes
 * several times as long as unpacking it, and programs that show or watch something ask for the same rows again and again.
 * What a snapshot says never changes; a row id may be given to another one, of another time. Of two generations the older goes
 * when the younger is full, but for what was asked for since.
 */
export class RowDataCache {
  #young = new Map<number, StoredRow>();
  #old = new Map<number, StoredRow>();
  #bytes = 0;

  get empty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  /** The row with this id, if it is at hand and the one that is meant. */
  get(id: number, timestamp: number, writer: number, points: number): StoredRow | undefined {
    const young = this.#young.get(id);
    const row = young ?? this.#old.get(id);
    const same = row?.timestamp === timestamp && row.writer === writer && row.points === points;
    if (!same) return undefined;
    if (young === undefined) this.keep(row);
    return row;
  }

  keep(row: StoredRow): void {
    if (row.data === null) return;
    if (this.#bytes > GENERATION_BYTES) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(row.id, row);
    this.#bytes += row.data.length + ENTRY_BYTES;
  }
}
