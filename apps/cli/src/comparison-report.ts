import type { MetricComparison, Verdict } from "@giflab/alerting";
import { formatDuration, formatNumber, formatQuantity, formatRate, printable, renderTable } from "@giflab/cli-kit";
import type { Finding } from "./ci/finding.ts";
import { formatTags, type Paint } from "./status-table.ts";
import type { TimeWindow } from "./time-window.ts";

/** What `metrics compare --json` prints. */
export interface ComparisonReport {
  readonly status: "ok" | "worse" | "inconclusive";
  /** As a share: 0.1 is 10 %. */
  readonly threshold: number;
  readonly before: TimeWindow & { readonly source: string };
  readonly after: TimeWindow & { readonly source: string };
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly metrics: readonly MetricComparison[];
}

/** Most important first. */
const ORDER: readonly Verdict[] = ["worse", "inconclusive", "better", "changed", "same"];

/**
 * The report of a comparison. Its status is `worse` when a metric is, `inconclusive` when one of those that could be worse is
 * (their good direction is known) or when there is none, else `ok`.
 *
 * @param allowInconclusive what is inconclusive does not matter as long as something was compared
 */
export function comparisonReport(
  metrics: readonly MetricComparison[],
  sides: Pick<ComparisonReport, "threshold" | "before" | "after">,
  allowInconclusive: boolean,
): ComparisonReport {
  const counts: Record<Verdict, number> = { worse: 0, better: 0, changed: 0, same: 0, inconclusive: 0 };
  for (const { verdict } of metrics) counts[verdict]++;
  const judged = metrics.filter(({ better }) => better !== undefined);
  const decided = judged.filter(({ verdict }) => verdict !== "inconclusive");
  const enough = decided.length > 0 && (allowInconclusive || decided.length === judged.length);
  const status = counts.worse > 0 ? "worse" : enough ? "ok" : "inconclusive";
  const sorted = [...metrics].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return { status, ...sides, counts, metrics: sorted };
}

/** One line on what became of a metric. */
export function describeComparison(one: MetricComparison): string {
  const { statistic, before, after, interval, note, verdict, units, unitKind } = one;
  const numbers = `${statistic} ${shown(one, before)} -> ${shown(one, after)}`;
  const change = `${percent(one.change)}${interval === undefined ? "" : ` (95 %: ${range(interval)})`}`;
  const of = `${units[0]} and ${units[1]} ${unitKind === "run" ? "runs" : "windows"}`;
  return `${verdict}: ${numbers}, ${change}, ${of}${note === undefined ? "" : `; ${note}`}`;
}

/** Of those that can be worse or better, for CI systems; what merely changed is none. */
export function comparisonFindings({ metrics }: ComparisonReport): Finding[] {
  return metrics
    .filter(({ better }) => better !== undefined)
    .map((one) => ({
      name: `${one.name}${formatTags(one.tags) === "" ? "" : ` ${formatTags(one.tags)}`}`,
      outcome: one.verdict === "worse" ? "failed" : one.verdict === "inconclusive" ? "undecided" : "passed",
      message: describeComparison(one),
    }));
}

/** The table for a terminal. What is the same, or has no good direction and is inconclusive, is only counted. */
export function comparisonLines(report: ComparisonReport, all: boolean, paint: Paint): string[] {
  const rows = shownRows(report, all);
  const table = renderTable(
    HEADINGS.map((heading, column) => ({ heading, align: column >= 4 && column <= 8 ? "right" : "left" })),
    rows.map((one) => cells(one, paint)),
  );
  const hidden = report.metrics.length - rows.length;
  return [
    headline(report, paint),
    ...sideLines(report),
    ...(rows.length === 0 ? [] : ["", ...table]),
    ...(hidden === 0 ? [] : ["", `${hidden} more, unchanged or without a known good direction: --all shows them`]),
  ];
}

/** The same as a Markdown document, for a job's summary or a comment. */
export function comparisonMarkdown(report: ComparisonReport, all: boolean): string[] {
  const plain: Paint = (_, text) => text;
  const rows = shownRows(report, all).map((one) => cells(one, plain).map((cell) => cell.replaceAll("|", "\\|")));
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  const table = [line(HEADINGS), line(HEADINGS.map(() => "---")), ...rows.map(line)];
  return [
    `### giflab metrics compare: ${report.status}`,
    "",
    ...sideLines(report),
    ...(rows.length === 0 ? [] : ["", ...table]),
  ];
}

const HEADINGS = ["Verdict", "Metric", "Tags", "What", "Before", "After", "Change", "95 %", "p", "Units", ""];

function shownRows({ metrics }: ComparisonReport, all: boolean): readonly MetricComparison[] {
  const worthALine = ({ verdict, better }: MetricComparison): boolean =>
    verdict !== "same" && (verdict !== "inconclusive" || better !== undefined);
  return all ? metrics : metrics.filter(worthALine);
}

function cells(one: MetricComparison, paint: Paint): string[] {
  const { verdict, name, tags, statistic, before, after, change, interval, pValue, units, unitKind, note } = one;
  return [
    verdict === "worse" ? paint("red", verdict) : verdict === "better" ? paint("green", verdict) : verdict,
    printable(name),
    formatTags(tags),
    statistic,
    shown(one, before),
    shown(one, after),
    percent(change),
    interval === undefined ? "" : range(interval),
    pValue === undefined ? "" : pValue < 0.001 ? "<0.001" : pValue.toFixed(3),
    `${units[0]}/${units[1]} ${unitKind === "run" ? "runs" : "windows"}`,
    note ?? "",
  ];
}

function headline({ status, counts, threshold }: ComparisonReport, paint: Paint): string {
  const painted = status === "ok" ? paint("green", status) : status === "worse" ? paint("red", status) : status;
  const listed = ORDER.flatMap((verdict) => (counts[verdict] === 0 ? [] : [`${counts[verdict]} ${verdict}`]));
  const what = listed.length === 0 ? "nothing to compare" : listed.join(", ");
  return `status ${painted} | ${what} | threshold ${formatNumber(threshold * 100)} %`;
}

function sideLines({ before, after }: ComparisonReport): string[] {
  return [before, after].map(
    ({ source, from, to }, side) =>
      `${side === 0 ? "before" : "after "}  ${formatDuration(to - from)} of ${printable(source)}`,
  );
}

function shown({ statistic, unit }: MetricComparison, value: number | undefined): string {
  return statistic === "rate" ? formatRate(value) : formatQuantity(value, unit);
}

function percent(change: number | undefined): string {
  if (change === undefined) return "-";
  return `${change > 0 ? "+" : ""}${formatNumber(change * 100, 3)} %`;
}

function range([low, high]: readonly [number, number]): string {
  return `${percent(low)} .. ${percent(high)}`;
}
