import { type FileHandle, open } from "node:fs/promises";

const FLUSH_ROWS = 10;

/** A value of a CSV cell; nothing at all for `undefined`. */
export type CsvValue = string | number | boolean | undefined;

/** Quotes what needs it (RFC 4180). Text that a spreadsheet would run as a formula gets a leading apostrophe. */
export function csvCell(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A CSV file that grows row by row: what is finished can be read while the run goes on, and survives its end. */
export class CsvFile<Column extends string> {
  readonly #file: FileHandle;
  readonly #columns: readonly Column[];
  #waiting: string[] = [];

  private constructor(file: FileHandle, columns: readonly Column[]) {
    this.#file = file;
    this.#columns = columns;
  }

  /** @throws the file system's error when it cannot be created */
  static async create<Column extends string>(path: string, columns: readonly Column[]): Promise<CsvFile<Column>> {
    const csv = new CsvFile(await open(path, "w"), columns);
    await csv.#file.write(`${columns.join(",")}\n`);
    return csv;
  }

  /** Adds a row; every tenth reaches the disk at once. */
  async add(row: Readonly<Partial<Record<Column, CsvValue>>>): Promise<void> {
    this.#waiting.push(`${this.#columns.map((column) => csvCell(row[column])).join(",")}\n`);
    if (this.#waiting.length >= FLUSH_ROWS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#waiting.join("");
    this.#waiting = [];
    if (text !== "") await this.#file.write(text);
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }
}
