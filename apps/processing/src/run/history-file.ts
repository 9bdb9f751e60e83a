import { createReadStream, createWriteStream } from "node:fs";
import { access, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { csvCell, csvHeader, csvLine } from "./csv-line.ts";
import { withFolderLock } from "./folder-lock.ts";
import { readRows } from "./read-rows.ts";
import { RESULT_COLUMNS } from "./result-row.ts";
import { STREAMED_FILES } from "./result-writer.ts";

const HISTORY = "elimination_history_master.csv";
const LOCK = ".elimination_history.lock";
const HEADER = csvHeader(["run", ...RESULT_COLUMNS]);
/** Lines handed on at once: one by one a stream takes several microseconds each. */
const BATCH_LINES = 500;

/** The records of a CSV file without their line break; one in quotes can go over several lines. */
async function* records(path: string): AsyncGenerator<string, void, undefined> {
  let record: string | undefined;
  let quotes = 0;
  for await (const line of createInterface({ input: createReadStream(path, "utf8") })) {
    record = record === undefined ? line : `${record}\n${line}`;
    quotes += line.split('"').length - 1;
    if (quotes % 2 !== 0) continue;
    yield record;
    record = undefined;
    quotes = 0;
  }
}

async function* updated(old: string | undefined, runFolder: string): AsyncGenerator<string, void, undefined> {
  const run = csvCell(basename(runFolder));
  yield HEADER;
  if (old !== undefined) {
    let first = true;
    for await (const record of records(old)) {
      // A run that was taken up again replaces what it had written.
      if (!first && !record.startsWith(`${run},`)) yield `${record}\n`;
      first = false;
    }
  }
  for await (const row of readRows(join(runFolder, STREAMED_FILES.ndjson))) {
    yield `${run},${csvLine(RESULT_COLUMNS, row)}`;
  }
}

async function* inBatches(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let batch: string[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH_LINES) continue;
    yield batch.join("");
    batch = [];
  }
  yield batch.join("");
}

async function hasHeader(path: string): Promise<boolean> {
  for await (const record of records(path)) return `${record}\n` === HEADER;
  return false;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** A history of other columns than today's is kept under a name of its own. */
async function setAside(path: string): Promise<void> {
  const stem = path.replace(/\.csv$/, "");
  for (let number = 1; ; number++) {
    const aside = `${stem}.${number}.csv`;
    if (await exists(aside)) continue;
    await rename(path, aside);
    return;
  }
}

/**
 * Adds the rows of a finished run to `<folder above>/elimination_history_master.csv`, each with the run's name in front. The
 * file is replaced in one step, so that readers and a process that is killed never see half a run; runs that end together
 * wait for each other; a run that is added again replaces its rows. Takes time with the size of the history.
 *
 * @throws the file system's error, with the history as it was
 */
export async function addToHistory(outputFolder: string, runFolder: string): Promise<void> {
  await withFolderLock(outputFolder, LOCK, async () => {
    const path = join(outputFolder, HISTORY);
    const unfinished = join(outputFolder, `.${HISTORY}.part`);
    let there = await exists(path);
    if (there && !(await hasHeader(path))) {
      await setAside(path);
      there = false;
    }
    try {
      const lines = inBatches(updated(there ? path : undefined, runFolder));
      await pipeline(Readable.from(lines), createWriteStream(unfinished));
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  });
}
