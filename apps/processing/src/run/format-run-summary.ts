import { formatDuration, printable } from "@giflab/cli-kit";
import type { PipelineVerdict } from "./eliminate.ts";
import type { CacheActivity } from "./run-activity.ts";
import type { RunSummary } from "./run-summary.ts";

const RETAINED_SHOWN = 5;
const ELIMINATED_SHOWN = 5;
const FAILURES_SHOWN = 10;

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.round((100 * part) / whole)} %`;
}

function counted(count: number): string {
  return count.toLocaleString("en");
}

function plural(count: number, one: string): string {
  return `${counted(count)} ${one}${count === 1 ? "" : "s"}`;
}

function more(total: number, shown: number, where: string): string[] {
  return total > shown ? [`  and ${counted(total - shown)} more: see ${where}`] : [];
}

function cacheLine(label: string, cache: CacheActivity): string {
  const lookups = cache.hits + cache.misses;
  const tiers = Object.entries(cache.hitsByTier).map(([tier, hits]) => `${counted(hits)} from ${tier}`);
  const from = tiers.length === 0 ? "" : ` (${tiers.join(", ")})`;
  const evicted = cache.evictions === 0 ? "" : `, ${plural(cache.evictions, "eviction")}`;
  return `  ${label.padEnd(17)} ${percent(cache.hits, lookups).padStart(5)} hits: ${counted(cache.hits)} of ${counted(lookups)}${from}${evicted}`;
}

function resultCount({ jobs, jobsFailed }: RunSummary): string {
  const results = plural(jobs - jobsFailed, "result");
  return jobsFailed === 0 ? results : `${results} of ${plural(jobs, "job")} (the others: failed_pipelines.json)`;
}

function headLines(summary: RunSummary): string[] {
  const { frames, seconds, earlier } = summary;
  const rate = seconds > 0 ? ` (${counted(Math.round(frames.decoded / seconds))} frames/s)` : "";
  const lines = [
    `${summary.interrupted ? "Interrupted after" : "Finished in"} ${seconds.toFixed(2)} s: ${counted(summary.processed)} of ${plural(summary.gifs, "GIF")} processed, ${counted(summary.failed)} failed; preset ${summary.preset}`,
    `${resultCount(summary)}, ${plural(frames.decoded, "frame")} read${rate}, ${plural(frames.compared, "frame pair")} compared`,
  ];
  if (earlier !== undefined) {
    const outdated =
      earlier.outdatedRows === 0 ? "" : `; ${counted(earlier.outdatedRows)} done again, as their files have changed`;
    lines.push(`Taken up again: ${plural(earlier.rows, "row")} of before kept${outdated}`);
  }
  return lines;
}

function failureLines({ failed, failures, failuresByReason }: RunSummary): string[] {
  if (failed === 0) return [];
  const counts = Object.entries(failuresByReason).map(([reason, count]) => `${counted(count)} ${reason}`);
  const shown = failures.slice(0, FAILURES_SHOWN);
  return [
    `Not processed: ${counts.join(", ")}`,
    ...shown.map(({ path, message }) => `  ${printable(path)}: ${printable(message)}`),
    ...more(failed, shown.length, "failed_pipelines.json"),
  ];
}

function cacheLines({ frame, validation, resize }: RunSummary["caches"]): string[] {
  if ([frame, validation, resize].every(({ hits, misses }) => hits + misses === 0)) return ["Caches: not used"];
  return [
    "Caches in this run:",
    cacheLine("frames", frame),
    cacheLine("metric results", validation),
    cacheLine("resized frames", resize),
  ];
}

function activityLines({ caches, sampling, lazyImports }: RunSummary): string[] {
  const lines = cacheLines(caches);
  if (sampling.framesTotal > 0) {
    const strategies = Object.keys(sampling.byStrategy).join(", ");
    lines.push(
      `Sampling: ${counted(sampling.framesSampled)} of ${plural(sampling.framesTotal, "frame")} (${percent(sampling.framesSampled, sampling.framesTotal)}), ${strategies}`,
    );
  }
  for (const { module, seconds, fallbackUsed } of lazyImports) {
    const fate = fallbackUsed ? "not available, done without" : `loaded in ${(1000 * seconds).toFixed(0)} ms`;
    lines.push(`Module ${module}: ${fate}`);
  }
  return lines;
}

function verdictLine(verdict: PipelineVerdict): string {
  const { meanCompositeQuality, meanCompressionRatio, meanSeconds } = verdict;
  const why = verdict.eliminatedBecause === undefined ? "" : `; ${verdict.eliminatedBecause}`;
  return `  ${verdict.pipelineId}: quality ${meanCompositeQuality.toFixed(3)}, ${meanCompressionRatio.toFixed(2)}x smaller, ${formatDuration(meanSeconds)} each${why}`;
}

function leftOutLines({ leftOut }: RunSummary): string[] {
  return [...Map.groupBy(leftOut, ({ reason }) => reason)].map(
    ([reason, group]) => `Left out: ${plural(group.length, "pipeline")}, as ${reason}`,
  );
}

function pipelineLines({ pipelines, paretoPipelines, engines }: RunSummary): string[] {
  if (pipelines.length === 0) return [];
  const byQuality = [...pipelines].sort((a, b) => b.meanCompositeQuality - a.meanCompositeQuality);
  const retained = byQuality.filter((verdict) => verdict.eliminatedBecause === undefined);
  const eliminated = byQuality.filter((verdict) => verdict.eliminatedBecause !== undefined);
  const file = "elimination_summary.json";
  return [
    `Pipelines: ${counted(retained.length)} retained, ${counted(eliminated.length)} eliminated (${percent(eliminated.length, pipelines.length)}); ${counted(paretoPipelines.length)} that no other beats in both quality and size`,
    ...(retained.length === 0 ? [] : ["Retained, best quality first:"]),
    ...retained.slice(0, RETAINED_SHOWN).map(verdictLine),
    ...more(retained.length, RETAINED_SHOWN, file),
    ...(eliminated.length === 0 ? [] : ["Eliminated:"]),
    ...eliminated.slice(0, ELIMINATED_SHOWN).map(verdictLine),
    ...more(eliminated.length, ELIMINATED_SHOWN, file),
    `Engines: ${engines.join(", ")}`,
  ];
}

/** As one word of a command line, where it is not one already. */
function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The summary for a reader, without a line break at the end.
 *
 * @param options what an interrupted run is to be taken up again with, beside its folder: `["--max-pixels", "5000"]`
 */
export function formatRunSummary(summary: RunSummary, options: readonly string[] = []): string {
  const last = [`Results: ${summary.outputFolder}`];
  if (!summary.extractFrames) last[0] += " (without PNG files of the frames: --extract-frames writes them)";
  if (summary.interrupted) {
    const words = ["giflab", "run", ...options, "--resume", summary.outputFolder];
    last.push(`Go on with: ${words.map(shellWord).join(" ")}`);
  }
  return [
    ...headLines(summary),
    ...failureLines(summary),
    ...activityLines(summary),
    ...pipelineLines(summary),
    ...leftOutLines(summary),
    ...last,
  ].join("\n");
}
