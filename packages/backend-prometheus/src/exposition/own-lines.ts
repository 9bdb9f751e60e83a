import { INSTANCE_INFO, instanceInfoLabels, METRIC_INFO, metricInfoLabels } from "@giflab/metrics-core/exposition";
import type { ExpositionFormat } from "../exposition-format.ts";
import type { Exposition } from "./exposition.ts";
import type { Family } from "./family.ts";
import { escapeHelp, labelText } from "./label-text.ts";

const REFUSED = "giflab_exposition_refused_metrics";
const PROCESSES = "giflab_cluster_processes";
const UNANSWERED = "giflab_cluster_unanswered_total";

/** Names that the exposition gives to what it says itself, families in OpenMetrics included. */
export const OWN_NAMES: readonly string[] = [
  METRIC_INFO,
  METRIC_INFO.replace(/_info$/, ""),
  INSTANCE_INFO,
  INSTANCE_INFO.replace(/_info$/, ""),
  REFUSED,
  PROCESSES,
  UNANSWERED,
  UNANSWERED.replace(/_total$/, ""),
];

/** What is known of the processes of a cluster. */
export interface ClusterFigures {
  /** Processes that are shown together, the primary included. */
  readonly processes: number;
  /** How often a process was left out of a scrape, as it did not answer in time. */
  readonly unanswered: number;
}

/** The lines about the exposition and its processes: few, and written anew each time. */
export function ownText(
  exposition: Exposition,
  format: ExpositionFormat["kind"],
  monotonic: number,
  cluster: ClusterFigures | undefined,
): string {
  const instances = [...exposition.instances].filter((instance) => instance.isLive(monotonic));
  let text = header(INSTANCE_INFO, "info", "Processes that are shown here", format);
  for (const { identity } of instances) text += infoLine(INSTANCE_INFO, instanceInfoLabels(identity));
  text += header(REFUSED, "gauge", "Metrics that are not shown, because another one has their name", format);
  text += `${REFUSED} ${exposition.refused}\n`;
  if (cluster === undefined) return text;
  text += header(PROCESSES, "gauge", "Processes of this cluster that are shown together", format);
  text += `${PROCESSES} ${cluster.processes}\n`;
  text += header(UNANSWERED, "counter", "Times that a process of this cluster did not answer a scrape in time", format);
  return `${text}${UNANSWERED} ${cluster.unanswered}\n`;
}

/** What comes before the lines of `giflab_metric_info`. */
export function metricInfoHeader(format: ExpositionFormat["kind"]): string {
  return header(METRIC_INFO, "info", "What the metrics are called, measured in and meant to be in the program", format);
}

/** The line about one metric. */
export function metricInfoLine({ metric, definition, name }: Pick<Family, "metric" | "definition" | "name">): string {
  return infoLine(METRIC_INFO, metricInfoLabels({ ...definition, name: metric }, name));
}

/** The lines about formulas. */
export function derivedInfoText(exposition: Exposition): string {
  let text = "";
  for (const definition of exposition.derived) text += infoLine(METRIC_INFO, metricInfoLabels(definition, undefined));
  return text;
}

function infoLine(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${labelText(labels, (key) => key)}} 1\n`;
}

function header(
  name: string,
  type: "info" | "gauge" | "counter",
  help: string,
  format: ExpositionFormat["kind"],
): string {
  const text = escapeHelp(help, format);
  // Prometheus text has no type `info`.
  if (format === "text") return `# HELP ${name} ${text}\n# TYPE ${name} ${type === "info" ? "gauge" : type}\n`;
  const family = name.replace(/_(?:info|total)$/, "");
  return `# TYPE ${family} ${type}\n# HELP ${family} ${text}\n`;
}
