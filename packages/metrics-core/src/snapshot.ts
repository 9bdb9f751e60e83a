import type { InstanceIdentity } from "./instance.ts";
import type { NamedDefinition, RecordedMetricDefinition } from "./metric-definition.ts";
import type { SketchData } from "./sketch.ts";
import type { Tags } from "./tags.ts";

/**
 * A recorded series of one process. The same object comes with every snapshot of that process, so a backend may keep what
 * it prepared for a series (row id, label text) in a `WeakMap` keyed by it.
 */
export interface SeriesDescriptor {
  readonly name: string;
  /** Sorted by key; plain data, never changed. */
  readonly tags: Tags;
  readonly definition: RecordedMetricDefinition;
}

export interface CounterPoint {
  readonly kind: "counter";
  readonly series: SeriesDescriptor;
  /** Increase since the previous snapshot, 0 or more. */
  readonly delta: number;
}

export interface GaugePoint {
  readonly kind: "gauge";
  readonly series: SeriesDescriptor;
  /** Value at the end of the snapshot. */
  readonly value: number;
}

export interface DistributionPoint {
  readonly kind: "histogram" | "timer";
  readonly series: SeriesDescriptor;
  /** What was recorded since the previous snapshot. */
  readonly sketch: SketchData;
}

export type SnapshotPoint = CounterPoint | GaugePoint | DistributionPoint;

/**
 * What one process recorded between two flushes, as one backend sees it: immutable plain data.
 * Its deltas belong to the moment `end`; it covers `(start, end]`.
 */
export interface MetricSnapshot {
  readonly instance: InstanceIdentity;
  /** 1, 2, 3, ... per instance and backend, without gaps: (instance.writerId, sequence) identifies a snapshot for ever. */
  readonly sequence: number;
  /** Epoch seconds; `end` minus monotonic elapsed time, so never after `end`. */
  readonly start: number;
  /** Epoch seconds. */
  readonly end: number;
  /** How often this instance intends to write; three of these without a snapshot and it counts as gone. */
  readonly flushIntervalSeconds: number;
  /** True on the last snapshot of an instance that closes: its gauges no longer count as live afterwards. */
  readonly final: boolean;
  /** Series without change are absent; gauges are restated at least every 10 minutes and in the final snapshot. */
  readonly points: readonly SnapshotPoint[];
  /** Derived metrics declared so far. The same array as long as none is added. */
  readonly derived: readonly NamedDefinition[];
}
