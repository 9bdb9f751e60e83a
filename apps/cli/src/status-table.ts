import { styleText } from "node:util";
import { formatQuantity, formatRate, printable, renderTable, type TableColumn } from "@giflab/cli-kit";
import type { MetricSummary, Tags } from "@giflab/metrics-core";
import { shownCount, shownNormal, shownValue } from "./metric-value.ts";

const COLUMNS: readonly TableColumn[] = [
  { heading: "Metric" },
  { heading: "Service" },
  { heading: "Tags" },
  { heading: "Value", align: "right" },
  { heading: "Count", align: "right" },
  { heading: "Rate", align: "right" },
  { heading: "p50", align: "right" },
  { heading: "p95", align: "right" },
  { heading: "p99", align: "right" },
  { heading: "Normal" },
];

/** Metrics without a `system`. */
const NO_SYSTEM = "other";

/** Colours for a terminal, or none. */
export type Paint = (format: "bold" | "dim" | "green" | "red", text: string) => string;

/** Paints for stdout as far as it is a terminal that wants colours. */
export const paintStdout: Paint = (format, text) => styleText(format, text, { stream: process.stdout });

/**
 * The lines of the table that `metrics status` and `metrics monitor` show: one row per series, grouped by system,
 * in the order of names. Services are named when there are several.
 */
export function statusTable(metrics: readonly MetricSummary[], paint: Paint): string[] {
  const services = new Set(metrics.flatMap(({ services }) => services));
  const groups = Map.groupBy(metrics, ({ system }) => system ?? NO_SYSTEM);
  // `other` comes last, whatever the letters say.
  const names = [...groups.keys()].sort(
    (a, b) => Number(a === NO_SYSTEM) - Number(b === NO_SYSTEM) || (a < b ? -1 : 1),
  );
  const sorted = names.map((name) => groups.get(name)!);
  const [heading, ...rows] = renderTable(
    COLUMNS,
    sorted.flat().map((summary) => row(summary, services.size > 1, paint)),
  );
  const lines: string[] = [];
  let next = 0;
  for (const [index, group] of sorted.entries()) {
    lines.push(
      "",
      paint("bold", printable(names[index]!)),
      paint("dim", heading!),
      ...rows.slice(next, next + group.length),
    );
    next += group.length;
  }
  return lines.slice(1);
}

function row(summary: MetricSummary, nameServices: boolean, paint: Paint): string[] {
  const distribution = summary.kind === "timer" || summary.kind === "histogram";
  const quantile = (value: number | undefined): string => (distribution ? formatQuantity(value, summary.unit) : "");
  return [
    printable(summary.name),
    nameServices ? printable(summary.services.join(",")) : "",
    formatTags(summary.tags),
    shownValue(summary),
    shownCount(summary),
    summary.kind === "gauge" || summary.kind === "derived" ? "" : formatRate(summary.rate),
    quantile(summary.p50),
    quantile(summary.p95),
    quantile(summary.p99),
    normalCell(summary, paint),
  ];
}

function normalCell(summary: MetricSummary, paint: Paint): string {
  const { mark, range } = shownNormal(summary);
  const painted =
    mark === "ok" ? paint("green", "ok") : mark === "!!" ? paint("red", "!!") : mark.padEnd(range === "" ? 0 : 2);
  return range === "" ? painted : `${painted} ${paint("dim", printable(range))}`;
}

/** Tags for reading, `tier=memory, op=get`; values that could be mistaken for more tags are quoted. */
export function formatTags(tags: Tags): string {
  return Object.entries(tags)
    .map(([key, value]) => `${printable(key)}=${/[,="\s]/.test(value) ? JSON.stringify(value) : printable(value)}`)
    .join(", ");
}
