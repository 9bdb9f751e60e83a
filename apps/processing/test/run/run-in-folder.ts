import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { makeSampleGif } from "../../src/gif/make-sample-gifs.ts";
import { SAMPLE_SCENES } from "../../src/gif/sample-scenes.ts";
import { PRESETS } from "../../src/pipeline/preset.ts";
import { openServices } from "../../src/run/open-services.ts";
import { type RunOptions, runPreset } from "../../src/run/run-preset.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";

/** A run with caches of its own in a test's folder, as a new process would have it. */
export async function runInFolder(
  folder: string,
  paths: readonly string[],
  more: Partial<RunOptions> = {},
): Promise<RunSummary> {
  const services = await openServices({
    frameCache: { diskPath: join(folder, "cache/frames.db") },
    validationCache: { diskPath: join(folder, "cache/metrics.db") },
    resizeCache: { clearSignalPath: join(folder, "cache/resize.cleared") },
  });
  try {
    return await runPreset({
      preset: PRESETS.get("quick-test")!,
      paths,
      outputFolder: join(folder, "runs"),
      services,
      logger: pino({ level: "silent" }),
      giflabVersion: "1.2.3",
      ...more,
    });
  } finally {
    await services.close();
  }
}

/** Writes a built-in GIF to `path`. */
export function writeSample(path: string, name: string): string {
  writeFileSync(path, makeSampleGif(SAMPLE_SCENES.find((scene) => scene.name === name)!));
  return path;
}

/** The rows of a CSV file, whose cells may hold quotes and line breaks. */
export function csvRows(path: string): Record<string, string>[] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of readFileSync(path, "utf8").matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))([,\n])/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === "\n") lines.push([]);
  }
  const [columns, ...cells] = lines.slice(0, -1);
  return cells.map((line) => Object.fromEntries(line.map((cell, at) => [columns![at]!, cell])));
}

/** The rows of an NDJSON file. */
export function ndjsonRows(path: string): Record<string, string | number | boolean>[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const OF_THE_MOMENT = ["timestamp", "error_timestamp", "error_traceback", "render_time_ms", "total_processing_time_ms"];

/** Rows without what differs from run to run, in an order of their own. */
export function timeless<Row extends Record<string, unknown>>(rows: readonly Row[]): Partial<Row>[] {
  const kept = rows.map((row) => {
    const entries = Object.entries(row).filter(([column]) => !OF_THE_MOMENT.includes(column));
    return Object.fromEntries(entries) as Partial<Row>;
  });
  const key = (row: Partial<Row>): string => `${row["orig_filename"]} ${row["pipeline_id"]}`;
  return kept.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
