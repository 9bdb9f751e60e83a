import { formatQuantity, formatRate } from "@giflab/cli-kit";
import type { MetricSummary, NormalRange } from "@giflab/metrics-core";

/** The one number a table shows for a gauge (its last value) or a derived metric. */
export function shownValue(summary: MetricSummary): string {
  if (summary.kind === "derived") return formatQuantity(summary.value, summary.unit);
  if (summary.kind !== "gauge") return "";
  return formatQuantity(summary.last, summary.unit) + (summary.stale ? " (stale)" : "");
}

/** How often something happened: a counter's sum, a timer's or histogram's number of recordings. */
export function shownCount(summary: MetricSummary): string {
  if (summary.kind === "counter")
    return formatQuantity(summary.sum, isCounted(summary.unit) ? undefined : summary.unit);
  if (summary.kind === "timer" || summary.kind === "histogram") return formatQuantity(summary.count);
  return "";
}

/** A counter of bytes or seconds keeps its unit; `{frame}` and `1` are plain counts. */
function isCounted(unit: string | undefined): boolean {
  return unit === undefined || unit === "1" || unit.startsWith("{");
}

/** The documented range for reading: `60 % to 80 % or more`, `< 400 MB`, `< 10/min`, `0`. Empty without one. */
function shownRange(summary: MetricSummary): string {
  const range = summary.normalRange;
  if (range === undefined) return "";
  const { min, max } = range;
  const show = (value: number): string => formatLimit(value, summary, range);
  if (min !== undefined && max !== undefined) {
    // Without this, nobody would know why 90 % is marked ok.
    const beyond = range.better === undefined ? "" : range.better === "higher" ? " or more" : " or less";
    return min === max ? show(min) : `${show(min)} to ${show(max)}${beyond}`;
  }
  if (max !== undefined) return max === 0 ? show(0) : `< ${show(max)}`;
  return min === undefined ? "" : `> ${show(min)}`;
}

function formatLimit(value: number, summary: MetricSummary, range: NormalRange): string {
  const rated = summary.kind !== "gauge" && summary.kind !== "derived";
  const statistic = range.statistic ?? (summary.kind === "counter" ? "rate" : undefined);
  if (rated && statistic === "ratePerMinute") return `${formatQuantity(value)}/min`;
  if (rated && statistic === "rate") return formatRate(value);
  if (summary.kind === "counter" && isCounted(summary.unit)) return formatQuantity(value);
  return formatQuantity(value, summary.unit);
}

/** `ok` or `!!` (outside the documented range), with the range; `-` where the metric has a range but no value to judge. */
export function shownNormal(summary: MetricSummary): { readonly mark: "" | "ok" | "!!" | "-"; readonly range: string } {
  const range = shownRange(summary);
  if (summary.normal === null)
    return { mark: range === "" || !isJudged(summary) ? "" : "-", range: isJudged(summary) ? range : "" };
  return { mark: summary.normal ? "ok" : "!!", range };
}

/** Whether the range is about this series: "< 1 ms (hit)" says nothing about misses. */
function isJudged({ normalRange, tags }: MetricSummary): boolean {
  return Object.entries(normalRange?.where ?? {}).every(([key, value]) => tags[key] === value);
}
