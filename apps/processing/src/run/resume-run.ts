import { access, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FailureReason } from "./failure-reason.ts";
import { readSource } from "./gif-source.ts";
import { InterruptedError } from "./pause.ts";
import { readRows } from "./read-rows.ts";
import type { ResultRow } from "./result-row.ts";
import { ResultWriter, STREAMED_FILES } from "./result-writer.ts";
import { readManifest } from "./run-manifest.ts";
import type { GifOutcome } from "./run-totals.ts";

/** What the files are called while they are made anew. */
const PART = ".part";

/** What the rows of a run say about one GIF: nothing of it is done again. */
export interface EarlierGif extends GifOutcome {
  /** True when there is nothing left to do. */
  readonly complete: boolean;
  /** Pipelines whose rows are there. */
  readonly pipelines: ReadonlySet<string>;
}

/** Newest first: the numbered folders of a preset's runs that can be taken up again. */
export async function latestRunFolder(outputFolder: string, preset: string): Promise<string | undefined> {
  const names = await readdir(outputFolder).catch(() => []);
  const numbered = names.flatMap((name) => {
    const [, number, of] = /^(\d{3,})-(.+)-\d\d-\d\d-\d\d$/.exec(name) ?? [];
    return number !== undefined && of === preset ? [{ name, number: Number(number) }] : [];
  });
  for (const { name } of numbered.sort((a, b) => b.number - a.number)) {
    const folder = join(outputFolder, name);
    if ((await readManifest(folder)) !== undefined) return folder;
  }
  return undefined;
}

interface GifRecord {
  readonly changed: boolean;
  readonly pipelines: Set<string>;
  all: boolean;
  succeeded: boolean;
  failure?: { readonly reason: FailureReason; readonly message: string };
}

/** What `EarlierRows.prepare` needs to know. */
export interface ResumeOptions {
  readonly folder: string;
  /** How many pipelines every GIF goes through. */
  readonly pipelines: number;
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Takes each row that stays. */
  readonly onRow: (row: ResultRow) => void;
}

/**
 * The rows that a run left behind, by GIF. Rows of files that have changed since, rows torn by a kill, and rows that are
 * there twice are dropped, and the CSV file is made anew from the NDJSON one, so that both hold the same rows. Takes the
 * memory of a path and a few numbers per GIF until that GIF's turn has come.
 */
export class EarlierRows {
  readonly #gifs = new Map<string, GifRecord>();
  readonly #pipelines: number;
  rows = 0;
  /** Rows dropped because their file is another by now. */
  outdated = 0;

  private constructor(pipelines: number) {
    this.#pipelines = pipelines;
  }

  /** None: the run begins. */
  static none(): EarlierRows {
    return new EarlierRows(0);
  }

  /** Reads and repairs the row files of a run. @throws the file system's error */
  static async prepare(options: ResumeOptions): Promise<EarlierRows> {
    const earlier = new EarlierRows(options.pipelines);
    const ndjson = join(options.folder, STREAMED_FILES.ndjson);
    const csv = join(options.folder, STREAMED_FILES.csv);
    if (await isMissing(ndjson)) return earlier;
    const parts = [`${ndjson}${PART}`, `${csv}${PART}`] as const;
    await Promise.all(parts.map((part) => rm(part, { force: true })));
    const writer = await ResultWriter.open(options.folder, PART);
    try {
      for await (const row of readRows(ndjson)) {
        if (options.signal?.aborted === true) throw new InterruptedError("interrupted");
        if (!(await earlier.#keep(row, options.maxFileBytes))) continue;
        options.onRow(row);
        await writer.add(row);
      }
    } finally {
      await writer.close();
    }
    // The NDJSON file first: it is the one that is believed.
    await rename(parts[0], ndjson);
    await rename(parts[1], csv);
    return earlier;
  }

  /** How many GIFs need nothing more. */
  get complete(): number {
    let count = 0;
    for (const record of this.#gifs.values()) if (this.#isComplete(record)) count++;
    return count;
  }

  /** What is there of the GIF at `path`, and forgets it. */
  take(path: string): EarlierGif | undefined {
    const record = this.#gifs.get(path);
    if (record === undefined) return undefined;
    this.#gifs.delete(path);
    return this.#earlier(record);
  }

  /** Those that nobody took: GIFs of the run that are not among its files any more. */
  *rest(): Generator<[string, EarlierGif], void, undefined> {
    for (const [path, record] of this.#gifs) {
      if (record.all || record.pipelines.size > 0) yield [path, this.#earlier(record)];
    }
  }

  #earlier(record: GifRecord): EarlierGif {
    const { pipelines, succeeded, failure } = record;
    return {
      pipelines,
      succeeded,
      complete: this.#isComplete(record),
      ...(succeeded || failure === undefined ? {} : { failure }),
    };
  }

  #isComplete({ all, pipelines }: GifRecord): boolean {
    return all || pipelines.size >= this.#pipelines;
  }

  async #keep(row: ResultRow, maxFileBytes: number): Promise<boolean> {
    const path = String(row.orig_filename);
    let record = this.#gifs.get(path);
    if (record === undefined) {
      const changed = await hasChanged(path, row.gif_sha, maxFileBytes);
      record = { changed, pipelines: new Set(), all: false, succeeded: false };
      // Remembered although nothing of it is kept: its other rows are dropped without reading the file again.
      this.#gifs.set(path, record);
    }
    const pipeline = row.pipeline_id === undefined ? undefined : String(row.pipeline_id);
    if (record.changed) {
      this.outdated++;
      return false;
    }
    if (record.all || (pipeline !== undefined && record.pipelines.has(pipeline))) return false;
    this.rows++;
    if (pipeline === undefined) record.all = true;
    else record.pipelines.add(pipeline);
    if (row.success === true) record.succeeded = true;
    else record.failure = { reason: row.error_reason as FailureReason, message: String(row.error ?? "") };
    return true;
  }
}

/** A file that is gone has not changed: what was measured of it stays true. */
async function hasChanged(path: string, sha: unknown, maxFileBytes: number): Promise<boolean> {
  const now = await readSource(path, maxFileBytes).then(
    (source) => source.sha,
    () => undefined,
  );
  return now !== undefined && now !== sha;
}

async function isMissing(path: string): Promise<boolean> {
  return await access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}
