import {
  formulaInputs,
  globMatcher,
  type NamedDefinition,
  parseFormula,
  type SeriesSelector,
} from "@giflab/metrics-core";
import { INSTANCE_INFO, METRIC_INFO, metricInfoFromLabels } from "@giflab/metrics-core/exposition";
import { type FamilyMetadata, foreignMetrics } from "./foreign-metrics.ts";
import type { PrometheusApi } from "./http-api.ts";
import { readVector } from "./raw-series.ts";
import { metricOfInfo, type ReadableMetric, sampleNames, withLabels } from "./readable-metric.ts";
import { promDuration, promTime, seriesSelector } from "./series-selector.ts";

/** The labels by which `giflab_metric_info` is grouped: all of its own, none of the target. */
const INFO_LABELS = "metric exposed kind unit merge formula group_by normal_range system description"
  .split(" ")
  .join(", ");

/** Which metrics a store has. */
export interface MetricCatalogue {
  readonly metrics: readonly ReadableMetric[];
  /** Derived metrics of ours. */
  readonly derived: readonly NamedDefinition[];
}

/**
 * Reads which metrics have samples in `(from, to]`: ours as `giflab_metric_info` describes them, others by their names, and where
 * `selector` is about some of those, by their metadata.
 */
export async function readCatalogue(
  api: PrometheusApi,
  { from, to, labels }: { from: number; to: number; labels: Readonly<Record<string, string>> },
  selector: SeriesSelector,
): Promise<MetricCatalogue> {
  // The server groups: on a fleet there is one series of it for each metric and process.
  const info = `max by (${INFO_LABELS}) (last_over_time(${seriesSelector([METRIC_INFO], labels)}[${promDuration(to - from)}]))`;
  const [infos, names] = await Promise.all([
    api.get("query", { query: info, time: promTime(to) }),
    readNames(api, from, to, labels),
  ]);
  const known = readVector(infos).flatMap((one) => metricInfoFromLabels(one.labels) ?? []);
  const ours = new Map(known.flatMap((one) => metricOfInfo(one) ?? []).map((metric) => [metric.exposed, metric]));
  const taken = new Set([METRIC_INFO, INSTANCE_INFO, ...[...ours.values()].flatMap(ownNames)]);
  const formulas = known.flatMap(({ definition }) => (definition.kind === "derived" ? [withLabels(definition)] : []));
  const derived = [...new Map(formulas.map((definition) => [definition.name, definition])).values()];
  const foreign = names.filter((name) => !taken.has(name));
  const withMetadata = (metadata: ReadonlyMap<string, FamilyMetadata>): MetricCatalogue => ({
    metrics: [...ours.values(), ...foreignMetrics(foreign, metadata)],
    derived,
  });
  const byName = withMetadata(new Map());
  // Some megabytes on a large fleet: read only where something depends on it.
  const needed = wantedMetrics(byName, selector).some(({ exposed }) => !ours.has(exposed));
  return needed ? withMetadata(await readMetadata(api)) : byName;
}

/** The metrics that a query is about, for themselves or as inputs of the derived metrics that it is about. */
export function wantedMetrics(
  { metrics, derived }: MetricCatalogue,
  selector: SeriesSelector,
): readonly ReadableMetric[] {
  const matches = selector.match === undefined ? () => true : globMatcher(selector.match);
  const wanted = (name: string, system: string | undefined): boolean =>
    matches(name) && (selector.system === undefined || system === selector.system);
  const inputs = new Set(
    derived.flatMap((one) => (one.kind === "derived" && wanted(one.name, one.system) ? inputsOf(one.formula) : [])),
  );
  return metrics.filter(({ name, definition }) => inputs.has(name) || wanted(name, definition.system));
}

/** None of a formula that a newer version wrote. */
function inputsOf(formula: string): readonly string[] {
  try {
    return formulaInputs(parseFormula(formula));
  } catch {
    return [];
  }
}

function ownNames(metric: ReadableMetric): readonly string[] {
  const base = metric.exposed.replace(/_total$/, "");
  return [`${base}_created`, ...sampleNames(metric).map(([name]) => name)];
}

/** The names of all samples that have any in the window. */
export async function readNames(
  api: PrometheusApi,
  from: number,
  to: number,
  labels: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const matchers = Object.keys(labels).length === 0 ? {} : { "match[]": seriesSelector([], labels) };
  // Whole seconds around the window: older servers take nothing finer.
  const window = { start: String(Math.floor(from)), end: String(Math.ceil(to)) };
  const names = await api.get("label/__name__/values", { ...window, ...matchers });
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

/** By name of the family; empty where the server keeps none, as VictoriaMetrics. */
async function readMetadata(api: PrometheusApi): Promise<ReadonlyMap<string, FamilyMetadata>> {
  const found = new Map<string, FamilyMetadata>();
  const data = await api.getIfKnown("metadata");
  if (typeof data !== "object" || data === null) return found;
  for (const [name, families] of Object.entries(data)) {
    const family: unknown = Array.isArray(families) ? families[0] : undefined;
    if (typeof family !== "object" || family === null) continue;
    const { type, help, unit } = family as Readonly<Record<string, unknown>>;
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    found.set(name, { type: text(type), help: text(help), unit: text(unit) });
  }
  return found;
}
