import type { Alert, AlertReport, Unjudged } from "@giflab/alerting";
import { formatDuration, printable, renderTable } from "@giflab/cli-kit";
import { formatTags, type Paint } from "./status-table.ts";

/** The lines of `metrics alerts`: the overall status, what fires or is pending, what ended, and what could not be judged. */
export function alertLines(report: AlertReport, location: string, paint: Paint): string[] {
  const { status, alerts, resolved, evaluated, window, learning, noData } = report;
  const painted = status === "ok" ? paint("green", status) : status === "unknown" ? status : paint("red", status);
  const judged = `${evaluated} series judged over the last ${formatDuration(window.seconds)}`;
  const lines = [`status ${painted} | ${judged} | ${printable(location)}`];
  if (alerts.length > 0) {
    const rows = alerts.map((alert) => [
      levelCell(alert, paint),
      printable(alert.rule),
      alert.since >= window.to ? "now" : formatDuration(window.to - alert.since),
      printable(alert.message + marksOf(alert, window.to)),
    ]);
    lines.push(
      "",
      ...renderTable([{ heading: "Level" }, { heading: "Rule" }, { heading: "For" }, { heading: "What" }], rows),
    );
  }
  if (resolved.length > 0) {
    const rows = resolved.map(({ rule, metric, tags, level, since }) => [
      level,
      printable(rule),
      printable(metric),
      formatTags(tags),
      since >= window.to ? "now" : `${formatDuration(window.to - since)} ago`,
    ]);
    const columns = ["Level", "Rule", "Metric", "Tags", "When"].map((heading) => ({ heading }));
    const table = renderTable(columns, rows).slice(1);
    lines.push("", "resolved:", ...table.map((line) => `  ${line}`));
  }
  lines.push(...unjudgedLines("still learning what is normal", learning), ...unjudgedLines("no data", noData));
  return lines;
}

function levelCell({ level, state, silenced }: Alert, paint: Paint): string {
  if (state === "pending") return `${level}, pending`;
  return silenced === undefined ? paint("red", level) : `${level}, silenced`;
}

/** What to do about an alert, and what has been said of it by people. */
function marksOf({ silenced, acknowledged, runbookUrl }: Alert, now: number): string {
  const marks = runbookUrl === undefined ? [] : [` [${runbookUrl}]`];
  if (silenced !== undefined) {
    const why = silenced.comment === undefined ? "" : `: ${silenced.comment}`;
    marks.push(` [silenced for ${formatDuration(Math.max(0.001, silenced.until - now))}${why}]`);
  }
  if (acknowledged !== undefined) {
    const { by, comment } = acknowledged;
    marks.push(` [acknowledged${by === undefined ? "" : ` by ${by}`}${comment === undefined ? "" : `: ${comment}`}]`);
  }
  return marks.join("");
}

/** One row per rule, metric and reason; how many series it stands for is in it, `--json` has them one by one. */
function unjudgedLines(title: string, entries: readonly Unjudged[]): string[] {
  if (entries.length === 0) return [];
  const groups = Map.groupBy(entries, ({ rule, metric, reason }) => JSON.stringify([rule, metric, reason]));
  const rows = [...groups.values()].map((group) => {
    const { rule, metric, tags, reason } = group[0]!;
    return [
      printable(rule),
      printable(metric),
      group.length > 1 ? `${group.length} series` : formatTags(tags),
      printable(reason),
    ];
  });
  const columns = ["Rule", "Metric", "Tags", "Why"].map((heading) => ({ heading }));
  return [
    "",
    `${title}:`,
    ...renderTable(columns, rows)
      .slice(1)
      .map((line) => `  ${line}`),
  ];
}
