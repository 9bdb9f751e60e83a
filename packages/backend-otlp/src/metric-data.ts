import type { SeriesDescriptor, Tags } from "@giflab/metrics-core";
import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { AggregationTemporality, DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { ExplicitBounds } from "./explicit-histogram.ts";
import { exponentialHistogram } from "./exponential-histogram.ts";
import type { ExportedPoint } from "./exported-point.ts";
import { exportedUnit } from "./exported-unit.ts";
import { finite } from "./finite.ts";
import type { HistogramKind, Temporality } from "./wire-format.ts";

export interface MetricDataOptions {
  readonly temporality: Temporality;
  readonly histogram: HistogramKind;
  readonly maxBuckets: number;
  readonly explicitBounds: readonly number[] | undefined;
}

/** The time that points cover, epoch seconds. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** What is the same in every point of a series. */
interface PreparedSeries {
  /** Kind and name: what is one metric. */
  readonly metric: string;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly factor: number;
  readonly attributes: Attributes;
  bounds: ExplicitBounds | undefined;
}

/**
 * Writes points as the OpenTelemetry SDK's `MetricData`, which its serialisers take: counters as monotonic sums of
 * doubles, gauges as gauges, timers and histograms as histograms. One entry per metric, with a data point per series.
 */
export class MetricDataBuilder {
  readonly #options: MetricDataOptions;
  readonly #temporality: AggregationTemporality;
  readonly #prepared = new WeakMap<SeriesDescriptor, PreparedSeries>();

  constructor(options: MetricDataOptions) {
    this.#options = options;
    this.#temporality =
      options.temporality === "delta" ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  }

  /** About 1 µs a counter or gauge, some microseconds a histogram. */
  build(points: readonly ExportedPoint[], interval: Interval): MetricData[] {
    const startTime = hrTime(interval.start);
    const endTime = hrTime(interval.end);
    const metrics = new Map<string, MetricData>();
    for (const point of points) {
      const series = this.#prepare(point.series);
      let metric = metrics.get(series.metric);
      if (metric === undefined) {
        metric = this.#emptyMetric(point.kind, series);
        metrics.set(series.metric, metric);
      }
      const value = "sketch" in point ? this.#distribution(point, series) : finite(point.value * series.factor);
      (metric.dataPoints as unknown[]).push({ startTime, endTime, attributes: series.attributes, value });
    }
    return [...metrics.values()];
  }

  #emptyMetric(kind: ExportedPoint["kind"], { name, description, unit }: PreparedSeries): MetricData {
    const descriptor = { name, description, unit, valueType: ValueType.DOUBLE };
    const common = { descriptor, aggregationTemporality: this.#temporality, dataPoints: [] };
    if (kind === "counter") return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true };
    if (kind === "gauge") return { ...common, dataPointType: DataPointType.GAUGE };
    if (this.#options.histogram === "explicit") return { ...common, dataPointType: DataPointType.HISTOGRAM };
    return { ...common, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM };
  }

  #distribution(point: ExportedPoint & { readonly kind: "histogram" | "timer" }, series: PreparedSeries): unknown {
    const { histogram, maxBuckets, explicitBounds } = this.#options;
    const { factor } = series;
    if (histogram === "exponential") return exponentialHistogram(point.sketch, { maxBuckets, factor });
    series.bounds ??= new ExplicitBounds({ ...point.series.definition, name: series.name }, factor, explicitBounds);
    return series.bounds.histogram(point.sketch);
  }

  #prepare(series: SeriesDescriptor): PreparedSeries {
    let prepared = this.#prepared.get(series);
    if (prepared === undefined) {
      const { name, tags, definition } = series;
      const { unit, factor } = exportedUnit({ ...definition, name });
      const description = definition.description ?? "";
      prepared = {
        metric: `${definition.kind} ${name.toWellFormed()}`,
        name: name.toWellFormed(),
        description: description.toWellFormed(),
        unit: unit.toWellFormed(),
        factor,
        attributes: attributesOf(tags),
        bounds: undefined,
      };
      this.#prepared.set(series, prepared);
    }
    return prepared;
  }
}

/** By specification the series that collects what is beyond the limit is marked with a boolean, not with text. */
const OVERFLOW = "otel.metric.overflow";

function attributesOf(tags: Tags): Attributes {
  const pairs = Object.entries(tags);
  const plain = pairs.every(([key, value]) => key !== OVERFLOW && key.isWellFormed() && value.isWellFormed());
  if (plain) return tags;
  return Object.fromEntries(
    pairs.map(([key, value]) => [
      key.toWellFormed(),
      key === OVERFLOW && value === "true" ? true : value.toWellFormed(),
    ]),
  );
}

function hrTime(epochSeconds: number): HrTime {
  const seconds = Math.floor(epochSeconds);
  const nanoseconds = Math.round((epochSeconds - seconds) * 1e9);
  return nanoseconds === 1e9 ? [seconds + 1, 0] : [seconds, nanoseconds];
}
