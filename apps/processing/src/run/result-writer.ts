import { join } from "node:path";
import { AppendFile } from "./append-file.ts";
import { csvHeader, csvLine } from "./csv-line.ts";
import { RESULT_COLUMNS, type ResultRow } from "./result-row.ts";

const FLUSH_ROWS = 10;

/** Names of the files that rows stream to, in the run's folder. */
export const STREAMED_FILES = { csv: "streaming_results.csv", ndjson: "streaming_results.ndjson" } as const;

/**
 * Streams rows to `streaming_results.ndjson` and `streaming_results.csv`: what is finished can be read while the run goes on,
 * and survives its end. Both are written ten rows at a time; a process that is killed loses at most the last nine.
 */
export class ResultWriter {
  readonly #ndjson: AppendFile;
  readonly #csv: AppendFile;
  #waiting: ResultRow[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(ndjson: AppendFile, csv: AppendFile) {
    this.#ndjson = ndjson;
    this.#csv = csv;
  }

  /**
   * Goes on after the rows that are in `folder`, or begins.
   *
   * @param suffix of both files' names, while they are not what they are to be
   * @throws the file system's error
   */
  static async open(folder: string, suffix = ""): Promise<ResultWriter> {
    const ndjson = await AppendFile.open(join(folder, `${STREAMED_FILES.ndjson}${suffix}`));
    const csv = await AppendFile.open(join(folder, `${STREAMED_FILES.csv}${suffix}`));
    if (csv.bytes === 0) await csv.append(csvHeader(RESULT_COLUMNS));
    return new ResultWriter(ndjson, csv);
  }

  /**
   * Takes a row; every tenth waits until those before it are on disk, so that rows never pile up in memory.
   *
   * @throws the file system's error; both files then end with the last batch of rows that fitted in both
   */
  async add(row: ResultRow): Promise<void> {
    this.#waiting.push(row);
    if (this.#waiting.length >= FLUSH_ROWS) await this.flush();
  }

  /** Resolves when all rows are on disk. @throws the file system's error */
  async flush(): Promise<void> {
    // Several GIFs at once: one batch after the other. After a failed one nothing follows.
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await Promise.allSettled([this.#ndjson.close(), this.#csv.close()]);
    }
  }

  async #write(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length === 0) return;
    const before = this.#ndjson.bytes;
    await this.#ndjson.append(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    try {
      await this.#csv.append(rows.map((row) => csvLine(RESULT_COLUMNS, row)).join(""));
    } catch (error) {
      await this.#ndjson.cutTo(before);
      throw error;
    }
  }
}
