import type { AlertRule, RuleBacktest, RuleTestFailure } from "@giflab/alerting";
import { formatDuration, formatNumber, printable, renderTable } from "@giflab/cli-kit";
import { formatTags } from "./status-table.ts";
import { formatTime } from "./time-window.ts";

/** The lines of `metrics rules list`. */
export function ruleLines(rules: readonly AlertRule[]): string[] {
  const threshold = (rule: AlertRule, level: "warning" | "critical"): string => {
    const value = rule.thresholdOf(level);
    return value === undefined ? "" : `${rule.direction === "above" ? ">" : "<"} ${number(value)}`;
  };
  const rows = rules.map((rule) => [
    printable(rule.name),
    printable(rule.metricPattern),
    comparedOf(rule),
    threshold(rule, "warning"),
    threshold(rule, "critical"),
    rule.forSeconds === 0 ? "" : formatDuration(rule.forSeconds),
    rule.windowSeconds === undefined ? "" : formatDuration(rule.windowSeconds),
  ]);
  const headings = ["Rule", "Metric", "Compared", "Warning", "Critical", "For", "Window"];
  return renderTable(
    headings.map((heading) => ({ heading })),
    rows,
  );
}

/** The lines of `metrics rules backtest`: a table, then when what fired. */
export function backtestLines(results: readonly RuleBacktest[], episodes: number): string[] {
  const rows = results.map(({ rule, episodes: fired, firingSeconds, flaps, judged, seen, suggested }) => [
    printable(rule),
    `${fired.length}`,
    firingSeconds === 0 ? "-" : formatDuration(firingSeconds),
    flaps === 0 ? "" : `${flaps}`,
    formatNumber(judged, 15),
    ...(seen === undefined ? ["", ""] : [number(seen.p50), number(seen.worst)]),
    suggested === undefined ? "" : `${number(suggested.warning)} / ${number(suggested.critical)}`,
  ]);
  const headings = ["Rule", "Fired", "For", "Flapped", "Judged", "Median", "Worst", "Suggested"];
  const table = renderTable(
    headings.map((heading, column) => ({ heading, align: column === 0 ? "left" : "right" })),
    rows,
  );
  const flapping = results.some(({ flaps }) => flaps > 0);
  const suggesting = results.some(({ suggested }) => suggested !== undefined);
  return [
    ...table,
    "",
    suggesting
      ? "Suggested: thresholds that one judged value in 100 (warning) and in 1,000 (critical) was beyond."
      : "No thresholds are suggested: that takes 100 judged values. A longer time, or a shorter --step, has more.",
    ...(flapping ? ["Flapped: fired again within 15 minutes of its end; a longer for or keepFiringFor helps."] : []),
    ...episodeLines(results, episodes),
  ];
}

function episodeLines(results: readonly RuleBacktest[], most: number): string[] {
  const all = results.flatMap(({ rule, episodes }) => episodes.map((episode) => ({ rule, ...episode })));
  if (all.length === 0 || most === 0) return [];
  const sorted = all.sort((a, b) => b.from - a.from).slice(0, most);
  const rows = sorted.map(({ from, to, level, rule, metric, tags, peak }) => [
    formatTime(from),
    to === null ? "fires still" : formatDuration(to - from),
    level,
    printable(rule),
    printable(metric),
    formatTags(tags),
    peak === null ? "no data" : number(peak),
  ]);
  const headings = ["When", "For", "Level", "Rule", "Metric", "Tags", "Worst"];
  const hidden = all.length - sorted.length;
  const lines = renderTable(
    headings.map((heading) => ({ heading })),
    rows,
  );
  return ["", ...lines, ...(hidden === 0 ? [] : [`${hidden} earlier ones: --episodes shows more, --json all`])];
}

/** One line on an expectation that does not hold, and what was found instead. */
export function ruleTestFailureLines({ place, rule, evalTime, state, expected, got }: RuleTestFailure): string[] {
  const listed = (alerts: readonly object[]): string =>
    alerts.length === 0 ? "none" : alerts.map((one) => JSON.stringify(one)).join(", ");
  return [
    `  ${place}: ${rule} at ${formatDuration(evalTime)}, ${state}:`,
    `    expected  ${printable(listed(expected))}`,
    `    found     ${printable(listed(got))}`,
  ];
}

/** What a rule compares, in words. */
function comparedOf(rule: AlertRule): string {
  const { statistic, baseline, limit, avoidable } = rule;
  const what = statistic ?? "";
  if (limit !== undefined) return `share of ${limit.limitSuffix}`;
  if (avoidable !== undefined) return "share of what was avoidable";
  if (baseline === undefined) return what;
  const { past } = baseline;
  const before =
    past.kind === "file"
      ? printable(past.path)
      : past.kind === "offset"
        ? `${formatDuration(past.seconds)} ago`
        : `the ${formatDuration(past.seconds)} before`;
  return `${what === "" ? "" : `${what} `}against ${before}`;
}

function number(value: number): string {
  return formatNumber(value, 3);
}
