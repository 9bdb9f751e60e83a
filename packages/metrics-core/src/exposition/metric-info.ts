import type { GaugeMerge, MetricKind, NamedDefinition, NormalRange } from "../metric-definition.ts";

/** The metric whose labels say what the exposed metrics are called and mean here; its value is always 1. */
export const METRIC_INFO = "giflab_metric_info";

/**
 * The labels of `giflab_metric_info` for a metric: what a reader needs to turn exposed names and units back. Values are
 * plain text; what is not known is absent. `exposed` is absent for derived metrics, which are not exposed.
 *
 * `{ metric: "cache.frame.hits", exposed: "cache_frame_hits_total", kind: "counter", system: "frame", ... }`
 */
export function metricInfoLabels(definition: NamedDefinition, exposed: string | undefined): Record<string, string> {
  const { name, kind, unit, description, system, normalRange } = definition;
  const labels: Record<string, string | undefined> = {
    metric: name,
    exposed: kind === "derived" ? undefined : exposed,
    kind,
    unit,
    merge: kind === "gauge" ? definition.merge : undefined,
    formula: kind === "derived" ? definition.formula : undefined,
    group_by: kind === "derived" && definition.groupBy !== undefined ? JSON.stringify(definition.groupBy) : undefined,
    normal_range: normalRange === undefined ? undefined : JSON.stringify(normalRange),
    system,
    description,
  };
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );
}

/** What `giflab_metric_info` says of one metric. */
export interface MetricInfo {
  readonly definition: NamedDefinition;
  /** Name under which it is exposed; `undefined` for derived metrics. */
  readonly exposed: string | undefined;
}

const KINDS = new Set<string>(["counter", "gauge", "histogram", "timer"] satisfies MetricKind[]);
const MERGES = new Set<string>(["sum", "max", "mean", "last"] satisfies GaugeMerge[]);

/** The other way round; `undefined` for labels that `metricInfoLabels` has not written. Labels it does not know are ignored. */
export function metricInfoFromLabels(labels: Readonly<Record<string, string>>): MetricInfo | undefined {
  const { metric, exposed, kind, unit, merge, formula, description, system } = labels;
  if (metric === undefined || kind === undefined) return undefined;
  const normalRange = json(labels["normal_range"], isNormalRange);
  const described = {
    name: metric,
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(system === undefined ? {} : { system }),
    ...(normalRange === undefined ? {} : { normalRange }),
  };
  if (kind === "derived") {
    if (formula === undefined) return undefined;
    const groupBy = json(labels["group_by"], isTextList);
    return {
      definition: { ...described, kind, formula, ...(groupBy === undefined ? {} : { groupBy }) },
      exposed: undefined,
    };
  }
  if (!KINDS.has(kind) || exposed === undefined) return undefined;
  return {
    definition: {
      ...described,
      kind: kind as MetricKind,
      ...(merge !== undefined && MERGES.has(merge) ? { merge: merge as GaugeMerge } : {}),
    },
    exposed,
  };
}

function json<T>(text: string | undefined, is: (value: unknown) => value is T): T | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isNormalRange(value: unknown): value is NormalRange {
  if (typeof value !== "object" || value === null) return false;
  const { min, max, better } = value as Record<string, unknown>;
  return (
    (min === undefined || typeof min === "number") &&
    (max === undefined || typeof max === "number") &&
    (better === undefined || better === "higher" || better === "lower")
  );
}
