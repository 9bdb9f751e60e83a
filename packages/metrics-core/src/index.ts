export type { MetricsBackend, MetricsReader, MetricsStore, StateEntry, StateStore } from "./backend.ts";
export { bucketMiddle, bucketOf, bucketStart, LAYOUT_ID, MAX_BUCKET } from "./bucket-layout.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { InstanceIdentity } from "./instance.ts";
export { ManualClock } from "./manual-clock.ts";
export type {
  DerivedMetricDefinition,
  GaugeMerge,
  MetricCatalogue,
  MetricDefinition,
  MetricKind,
  NamedDefinition,
  NormalRange,
  RecordedMetricDefinition,
} from "./metric-definition.ts";
export { isMetricsError, MetricsError, type MetricsErrorCode } from "./metrics-error.ts";
export type {
  DistributionMetricPoint,
  MetricPoint,
  MetricSeries,
  MetricSummary,
  PointsQuery,
  ScalarMetricPoint,
  SeriesQuery,
  SeriesSelector,
  SeriesStatistic,
  StoreStats,
  SummaryQuery,
  WindowQuery,
} from "./query.ts";
export { MergedSketch, type SketchData } from "./sketch.ts";
export type {
  CounterPoint,
  DistributionPoint,
  GaugePoint,
  MetricSnapshot,
  SeriesDescriptor,
  SnapshotPoint,
} from "./snapshot.ts";
export type { Tags } from "./tags.ts";
