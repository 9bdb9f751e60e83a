import { printable } from "@giflab/cli-kit";
import type { PipelineVerdict } from "./eliminate.ts";
import type { FailureReason } from "./failure-reason.ts";
import type { CacheActivity, RunActivity } from "./run-activity.ts";

/** A file that gave no result. */
export interface FailedGif {
  readonly path: string;
  readonly reason: FailureReason;
  readonly message: string;
}

/** What a run did; also the content of `elimination_summary.json` and of `giflab run --json`. */
export interface RunSummary extends RunActivity {
  readonly preset: string;
  readonly outputFolder: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** True when Ctrl-C ended it: the counts are of what was done until then. */
  readonly interrupted: boolean;
  /** Files that were to be processed; of those, files that gave at least one result, and files that gave none. */
  readonly gifs: number;
  readonly processed: number;
  readonly failed: number;
  /** Files times pipelines that were tried, and those of them without a result. */
  readonly jobs: number;
  readonly jobsFailed: number;
  readonly frames: { readonly decoded: number; readonly compared: number };
  readonly failures: readonly FailedGif[];
  readonly pipelines: readonly PipelineVerdict[];
  readonly giflabVersion: string;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.round((100 * part) / whole)} %`;
}

function plural(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

function cacheLine(label: string, cache: CacheActivity): string {
  const lookups = cache.hits + cache.misses;
  const tiers = Object.entries(cache.hitsByTier).map(([tier, hits]) => `${hits.toLocaleString("en")} from ${tier}`);
  const from = tiers.length === 0 ? "" : ` (${tiers.join(", ")})`;
  const evicted = cache.evictions === 0 ? "" : `, ${plural(cache.evictions, "eviction")}`;
  return `  ${label.padEnd(17)} ${percent(cache.hits, lookups).padStart(5)} hits: ${cache.hits.toLocaleString("en")} of ${lookups.toLocaleString("en")}${from}${evicted}`;
}

function failureLines(failures: readonly FailedGif[]): string[] {
  const byReason = Map.groupBy(failures, (failure) => failure.reason);
  const counts = [...byReason].map(([reason, list]) => `${list.length} ${reason}`).join(", ");
  const shown = failures.slice(0, 10).map(({ path, message }) => `  ${printable(path)}: ${printable(message)}`);
  const rest = failures.length > 10 ? [`  and ${failures.length - 10} more: see streaming_results.csv`] : [];
  return [`Not processed: ${counts}`, ...shown, ...rest];
}

/** The summary for a reader, without a line break at the end. */
export function formatRunSummary(summary: RunSummary): string {
  const { frames, caches, sampling, lazyImports } = summary;
  const speed =
    summary.seconds > 0 ? ` (${Math.round(frames.decoded / summary.seconds).toLocaleString("en")} frames/s)` : "";
  const lines = [
    `${summary.interrupted ? "Interrupted after" : "Finished in"} ${summary.seconds.toFixed(2)} s: ${summary.processed} of ${plural(summary.gifs, "GIF")} processed, ${summary.failed} failed; preset ${summary.preset}`,
    `${plural(summary.jobs - summary.jobsFailed, "result")}, ${plural(frames.decoded, "frame")} read${speed}, ${plural(frames.compared, "frame pair")} compared`,
  ];
  if (summary.failures.length > 0) lines.push(...failureLines(summary.failures));
  lines.push("Caches in this run:");
  lines.push(cacheLine("frames", caches.frame));
  lines.push(cacheLine("metric results", caches.validation));
  lines.push(cacheLine("resized frames", caches.resize));
  if (sampling.framesTotal > 0) {
    const strategies = Object.keys(sampling.byStrategy).join(", ");
    lines.push(
      `Sampling: ${sampling.framesSampled.toLocaleString("en")} of ${plural(sampling.framesTotal, "frame")} (${percent(sampling.framesSampled, sampling.framesTotal)}), ${strategies}`,
    );
  }
  for (const { module, seconds, fallbackUsed } of lazyImports) {
    lines.push(
      fallbackUsed
        ? `Module ${module}: not available, done without`
        : `Module ${module}: loaded in ${(1000 * seconds).toFixed(0)} ms`,
    );
  }
  if (summary.pipelines.length > 0) lines.push("Pipelines:");
  for (const verdict of summary.pipelines) {
    const fate = verdict.eliminatedBecause === undefined ? "retained" : `eliminated: ${verdict.eliminatedBecause}`;
    lines.push(
      `  ${verdict.pipelineId}: quality ${verdict.meanCompositeQuality.toFixed(3)}, ${verdict.meanCompressionRatio.toFixed(2)}x smaller, ${(1000 * verdict.meanSeconds).toFixed(0)} ms each; ${fate}`,
    );
  }
  lines.push(`Results: ${summary.outputFolder}`);
  return lines.join("\n");
}
