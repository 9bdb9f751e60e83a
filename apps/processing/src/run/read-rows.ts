import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { ResultRow } from "./result-row.ts";

/**
 * The rows of a `streaming_results.ndjson`, one after the other. Lines that are no row are left out: a process that was
 * killed can leave the last one torn.
 *
 * @throws the file system's error
 */
export async function* readRows(path: string): AsyncGenerator<ResultRow, void, undefined> {
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    const row = parseRow(line);
    if (row !== undefined) yield row;
  }
}

function parseRow(line: string): ResultRow | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === "object" && row !== null && "orig_filename" in row ? (row as ResultRow) : undefined;
  } catch {
    return undefined;
  }
}
