import { type MetricCatalogue, MetricsError, type NamedDefinition, nearestNames } from "@giflab/metrics-core";

/** A metric of the catalogue by its name. Throws `INVALID_OPTION` that names the nearest ones. */
export type FindMetric = (name: string) => NamedDefinition;

export function metricFinder(catalogue: MetricCatalogue): FindMetric {
  return (name) => {
    const definition = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
    if (definition !== undefined) return { name, ...definition };
    const near = nearestNames(name, Object.keys(catalogue));
    const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
    throw new MetricsError("INVALID_OPTION", `a panel shows ${name}, which is in no catalogue${meant}`);
  };
}
