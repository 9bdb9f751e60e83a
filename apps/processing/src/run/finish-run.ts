import { constants } from "node:fs";
import { copyFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { csvHeader, csvLine } from "./csv-line.ts";
import type { PipelineVerdict } from "./eliminate.ts";
import { addToHistory } from "./history-file.ts";
import { ParetoFront, type ParetoPoint } from "./pareto-front.ts";
import { readRows } from "./read-rows.ts";
import { STREAMED_FILES } from "./result-writer.ts";
import type { RunSummary } from "./run-summary.ts";
import type { FrontRow, RunTotals } from "./run-totals.ts";

const FRONT_COLUMNS = [
  "content_type",
  "gif_name",
  "gif_sha",
  "pipeline_id",
  "composite_quality",
  "compression_ratio",
  "file_size_kb",
  "original_size_kb",
] as const;

const PIPELINE_COLUMNS = [
  "pipeline_id",
  "mean_composite_quality",
  "mean_compression_ratio",
  "jobs",
  "retained",
] as const;

const FAILED = "failed_pipelines.json";

/** The pipelines that no other beats in both mean quality and mean compression, best quality first. */
export function paretoPipelines(verdicts: readonly PipelineVerdict[]): PipelineVerdict[] {
  const front = new ParetoFront<ParetoPoint & { readonly verdict: PipelineVerdict }>();
  for (const verdict of verdicts) {
    const { meanCompositeQuality: quality, meanCompressionRatio: compressionRatio, pipelineId: key } = verdict;
    front.add({ quality, compressionRatio, key, verdict });
  }
  return front.points().map(({ verdict }) => verdict);
}

function frontCsv(points: readonly FrontRow[]): string {
  const lines = points.map(({ quality, compressionRatio, row }) =>
    csvLine(FRONT_COLUMNS, { ...row, composite_quality: quality, compression_ratio: compressionRatio }),
  );
  return csvHeader(FRONT_COLUMNS) + lines.join("");
}

async function writeFronts(folder: string, totals: RunTotals, summary: RunSummary): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^pareto_.*\.csv$/.test(name)) await rm(join(folder, name));
  }
  if (totals.fronts.size === 0) return;
  for (const [name, front] of totals.fronts) {
    await writeFile(join(folder, `pareto_${name}.csv`), frontCsv(front.points()));
  }
  const lines = paretoPipelines(summary.pipelines).map((verdict) =>
    csvLine(PIPELINE_COLUMNS, {
      pipeline_id: verdict.pipelineId,
      mean_composite_quality: verdict.meanCompositeQuality,
      mean_compression_ratio: verdict.meanCompressionRatio,
      jobs: verdict.jobs,
      retained: verdict.eliminatedBecause === undefined,
    }),
  );
  await writeFile(join(folder, "pareto_pipelines.csv"), csvHeader(PIPELINE_COLUMNS) + lines.join(""));
}

/** A JSON array of the rows that failed, one a line; read row by row, as there may be as many as files. */
async function* failedRows(folder: string): AsyncGenerator<string, void, undefined> {
  let before = "[\n";
  for await (const row of readRows(join(folder, STREAMED_FILES.ndjson))) {
    if (row.success === true) continue;
    yield before + JSON.stringify(row);
    before = ",\n";
  }
  yield "\n]\n";
}

async function writeResults(folder: string, finishedAt: Date): Promise<void> {
  const rows = join(folder, STREAMED_FILES.csv);
  const stamp = finishedAt
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replaceAll(/[-:]/g, "")
    .replace("T", "_");
  for (const name of ["elimination_test_results.csv", `elimination_test_results_${stamp}.csv`]) {
    // Where the file system can, the copies share the rows' blocks.
    await copyFile(rows, join(folder, name), constants.COPYFILE_FICLONE);
  }
}

/**
 * Writes what a run leaves beside its rows: `elimination_summary.json`, `pareto_*.csv` and, if any job failed,
 * `failed_pipelines.json`; for a run that came to its end also `elimination_test_results.csv`, its copy with the time (UTC) in
 * the name, and the run's rows in the history of the folder above.
 *
 * @throws the file system's error
 */
export async function finishRun(totals: RunTotals, summary: RunSummary): Promise<void> {
  const folder = summary.outputFolder;
  await writeFronts(folder, totals, summary);
  if (totals.jobsFailed > 0) await writeFile(join(folder, FAILED), Readable.from(failedRows(folder)));
  else await rm(join(folder, FAILED), { force: true });
  if (!summary.interrupted) {
    await writeResults(folder, new Date());
    await addToHistory(dirname(folder), folder);
  }
  // Last, so that a run with a summary that says it is complete has everything.
  await writeFile(join(folder, "elimination_summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
}
