import type { AlertReport, Unjudged } from "@giflab/alerting";
import { formatDuration, printable, renderTable } from "@giflab/cli-kit";
import { formatTags, type Paint } from "./status-table.ts";

/** The lines of `metrics alerts`: the overall status, what fires, and what could not be judged and why. */
export function alertLines(report: AlertReport, location: string, paint: Paint): string[] {
  const { status, alerts, evaluated, window, learning, noData } = report;
  const painted = status === "ok" ? paint("green", status) : status === "unknown" ? status : paint("red", status);
  const judged = `${evaluated} series judged over the last ${formatDuration(window.seconds)}`;
  const lines = [`status ${painted} | ${judged} | ${printable(location)}`];
  if (alerts.length > 0) {
    const rows = alerts.map(({ level, rule, since, message }) => [
      paint("red", level),
      printable(rule),
      since >= window.to ? "now" : formatDuration(window.to - since),
      printable(message),
    ]);
    lines.push(
      "",
      ...renderTable([{ heading: "Level" }, { heading: "Rule" }, { heading: "For" }, { heading: "What" }], rows),
    );
  }
  lines.push(...unjudgedLines("still learning what is normal", learning), ...unjudgedLines("no data", noData));
  return lines;
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
