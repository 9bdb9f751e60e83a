/** The cache holds up to twice as much; an hour of 200 series, a flush every ten seconds, is 1.3 MB. */
const GENERATION_BYTES = 2 * 2 ** 20;
/** A row in memory costs about this much besides its data. */
const ENTRY_BYTES = 150;

/** A row as far as it says which snapshot it is. */
export interface SnapshotRow {
  readonly id: number;
  readonly timestamp: number;
  readonly writer: number;
  readonly seq: number;
}

interface Entry extends SnapshotRow {
  readonly data: Buffer;
}

/**
 * Packed points of rows that are not sealed, as they were read: SQLite reads a row of some KB page by page, which takes
 * several times as long as unpacking it, and programs that show or watch something ask for the same rows again and again.
 * What a snapshot says never changes; a row id may be given to another one. Of two generations the older goes when the
 * younger is full, but for what was asked for since.
 */
export class RowDataCache {
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #bytes = 0;

  get empty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  /** The data of a row, if it is at hand. */
  get({ id, timestamp, writer, seq }: SnapshotRow): Buffer | undefined {
    const young = this.#young.get(id);
    const entry = young ?? this.#old.get(id);
    const same = entry?.timestamp === timestamp && entry.writer === writer && entry.seq === seq;
    if (entry === undefined || !same) return undefined;
    if (young === undefined) this.keep(entry, entry.data);
    return entry.data;
  }

  keep({ id, timestamp, writer, seq }: SnapshotRow, data: Buffer): void {
    if (this.#bytes > GENERATION_BYTES) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(id, { id, timestamp, writer, seq, data });
    this.#bytes += data.length + ENTRY_BYTES;
  }
}
