import { SELF_METRICS } from "./self-metrics.ts";
import type { CounterPoint, MetricSnapshot, SnapshotPoint } from "./snapshot.ts";

/**
 * The snapshot `next` with what `dropped`, which came before it and will not be delivered, says of monitoring itself:
 * otherwise the count of what was dropped would go with what is dropped, and who reads the store would never know. The
 * same object when there is nothing to take over.
 */
export function withSelfCountsOf(dropped: MetricSnapshot, next: MetricSnapshot): MetricSnapshot {
  const left = new Map(dropped.points.filter(isSelfCount).map((point) => [point.series, point]));
  if (left.size === 0) return next;
  const points = next.points.map((point) => {
    const before = isSelfCount(point) ? left.get(point.series) : undefined;
    if (before === undefined) return point;
    left.delete(point.series);
    return { ...before, delta: before.delta + (point as CounterPoint).delta };
  });
  return { ...next, points: [...points, ...left.values()] };
}

function isSelfCount(point: SnapshotPoint): point is CounterPoint {
  return point.kind === "counter" && point.delta > 0 && Object.hasOwn(SELF_METRICS, point.series.name);
}
