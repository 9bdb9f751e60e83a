import {
  type CounterPoint,
  type DistributionPoint,
  type GaugePoint,
  MergedSketch,
  type RecordedMetricDefinition,
  type SeriesDescriptor,
  type SketchData,
  type Tags,
} from "@giflab/metrics-core";

/** Tags and metadata of a made-up series; the kind follows from the point. */
export interface SeriesFields extends Omit<RecordedMetricDefinition, "kind"> {
  readonly tags?: Tags;
}

/** `delta` more of a counter. */
export function counterPoint(name: string, delta: number, fields: SeriesFields = {}): CounterPoint {
  return { kind: "counter", series: seriesOf(name, "counter", fields), delta };
}

/** A gauge that read `value`. */
export function gaugePoint(name: string, value: number, fields: SeriesFields = {}): GaugePoint {
  return { kind: "gauge", series: seriesOf(name, "gauge", fields), value };
}

/** A timer that recorded these durations, in seconds. */
export function timerPoint(name: string, seconds: readonly number[], fields: SeriesFields = {}): DistributionPoint {
  return { kind: "timer", series: seriesOf(name, "timer", { unit: "s", ...fields }), sketch: sketchOf(seconds) };
}

/** A histogram that recorded these values. */
export function histogramPoint(name: string, values: readonly number[], fields: SeriesFields = {}): DistributionPoint {
  return { kind: "histogram", series: seriesOf(name, "histogram", fields), sketch: sketchOf(values) };
}

/** The sketch of some values, in the order in which they were recorded. */
export function sketchOf(values: readonly number[]): SketchData {
  const sketch = new MergedSketch();
  for (const value of values) sketch.record(value);
  return sketch.toData();
}

function seriesOf(name: string, kind: RecordedMetricDefinition["kind"], fields: SeriesFields): SeriesDescriptor {
  const { tags = {}, ...definition } = fields;
  return { name, tags: sortedByKey(tags), definition: { kind, ...definition } };
}

/** Tags of a descriptor are sorted by key. `fromEntries` keeps a tag named `__proto__` a tag. */
function sortedByKey(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
