import { defaultBounds, type ExposedMetric, exposedUnit } from "@giflab/metrics-core/exposition";

/**
 * Between which classic bucket bounds a quantile may lie that is `value`, in the metric's own unit: those of its bucket,
 * and of the next one where it is so near that the sketch may have counted it there.
 */
export function nearestBounds(
  value: number,
  metric: Omit<ExposedMetric, "kind"> & { readonly kind: string },
): readonly [number, number] {
  const known = { ...metric, kind: metric.kind === "timer" ? "timer" : "histogram" } as const;
  const { factor } = exposedUnit(known);
  const bounds = [0, ...defaultBounds(known).map((bound) => bound / factor)];
  const low = bounds.findLast((bound) => bound < value * 0.99) ?? 0;
  const high = bounds.find((bound) => bound >= value * 1.01) ?? Number.POSITIVE_INFINITY;
  return [low * 0.9999, high * 1.0001];
}
