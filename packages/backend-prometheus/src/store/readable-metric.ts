import type { NamedDefinition, RecordedMetricDefinition } from "@giflab/metrics-core";
import { exposedUnit, type MetricInfo, prometheusLabel } from "@giflab/metrics-core/exposition";

/** A metric of the store as queries see it, and how it is found there. */
export interface ReadableMetric {
  readonly name: string;
  readonly definition: RecordedMetricDefinition;
  /** Name of its samples; those of a histogram have `_bucket`, `_sum` and `_count` after it. */
  readonly exposed: string;
  /** Stored values divided by this are in the unit of the definition. */
  readonly factor: number;
}

/** What a sample of a metric is. */
export type SampleRole = "value" | "bucket" | "sum" | "count";

/** Whether it is read from the buckets of a classic histogram. */
export function isDistribution({ definition }: ReadableMetric): boolean {
  return definition.kind === "histogram" || definition.kind === "timer";
}

/** The names of a metric's samples with what each is. */
export function sampleNames(metric: ReadableMetric): readonly (readonly [name: string, role: SampleRole])[] {
  if (!isDistribution(metric)) return [[metric.exposed, "value"]];
  return (["bucket", "sum", "count"] as const).map((role) => [`${metric.exposed}_${role}`, role]);
}

/**
 * A metric of ours as `giflab_metric_info` describes it. Tags come back as labels, so the tag keys that it names become those
 * labels too. `undefined` for derived metrics, which are not stored.
 */
export function metricOfInfo({ definition, exposed }: MetricInfo): ReadableMetric | undefined {
  if (definition.kind === "derived" || exposed === undefined) return undefined;
  const { name, ...described } = withLabels(definition);
  const { factor } = exposedUnit({ name, kind: definition.kind, unit: definition.unit });
  return { name, definition: described as RecordedMetricDefinition, exposed, factor };
}

/** A definition whose tag keys are labels. */
export function withLabels(definition: NamedDefinition): NamedDefinition {
  const where = definition.normalRange?.where;
  const normalRange =
    where === undefined
      ? definition.normalRange
      : {
          ...definition.normalRange,
          where: Object.fromEntries(Object.entries(where).map(([key, value]) => [prometheusLabel(key), value])),
        };
  const ranged = normalRange === undefined ? definition : { ...definition, normalRange };
  if (ranged.kind !== "derived" || ranged.groupBy === undefined) return ranged;
  return { ...ranged, groupBy: ranged.groupBy.map(prometheusLabel) };
}
