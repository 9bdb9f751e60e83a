export {
  type Aggregation,
  compareSeries,
  GAUGE_LOOKBACK_SECONDS,
  type InstanceState,
  LIVE_FLUSH_INTERVALS,
  pointMatcher,
} from "./aggregation.ts";
export type {
  MetricsBackend,
  MetricsReader,
  MetricsStore,
  SnapshotSource,
  StateEntry,
  StateStore,
} from "./backend.ts";
export { bucketMiddle, bucketOf, bucketStart, LAYOUT_ID, MAX_BUCKET } from "./bucket-layout.ts";
export { defineMetrics } from "./catalogue.ts";
export { type Clock, systemClock } from "./clock.ts";
export { RESTATE_SECONDS } from "./collection-cursor.ts";
export { MetricsCollector } from "./collector.ts";
export type { CollectorOptions, ReconfigurableOptions } from "./collector-options.ts";
export type { Counter } from "./counter.ts";
export type { DashboardLayout, DashboardLine, DashboardPanel, DashboardRow } from "./dashboard-layout.ts";
export { getMetricsCollector, setMetricsCollector } from "./default-collector.ts";
export { DURATION_FORMS, DURATION_PATTERN, type Duration, durationSeconds, MAX_DURATION_SECONDS } from "./duration.ts";
export { evaluateFormula, type Formula, formulaInputs, parseFormula } from "./formula.ts";
export type { Gauge } from "./gauge.ts";
export { globMatcher } from "./glob.ts";
export type { Histogram } from "./histogram.ts";
export type { InstanceIdentity } from "./instance.ts";
export { ManualClock } from "./manual-clock.ts";
export { MemoryBackend } from "./memory-backend.ts";
export { MemoryState } from "./memory-state.ts";
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
export type { GaugeOptions, MetricOptions } from "./metric-options.ts";
export { isMetricsError, MetricsError, type MetricsErrorCode } from "./metrics-error.ts";
export { nearestNames } from "./nearest-names.ts";
export { isNormal } from "./normal-range.ts";
export { type ProcessRegistry, processRegistry } from "./process-registry.ts";
export type {
  DistributionMetricPoint,
  MetricPoint,
  MetricSeries,
  MetricSummary,
  PointsQuery,
  ReaderStats,
  ScalarMetricPoint,
  SeriesQuery,
  SeriesSelector,
  SeriesStatistic,
  StoreStats,
  SummaryQuery,
  WindowQuery,
} from "./query.ts";
export { SELF_METRICS } from "./self-metrics.ts";
export { SeriesAggregation } from "./series-aggregation.ts";
export { MergedSketch, type SketchData } from "./sketch.ts";
export type {
  CounterPoint,
  DistributionPoint,
  GaugePoint,
  MetricSnapshot,
  SeriesDescriptor,
  SnapshotPoint,
} from "./snapshot.ts";
export { SummaryAggregation } from "./summary-aggregation.ts";
export { definitionsOf } from "./summary-definitions.ts";
export { canonicalTags, hasTags, type TagInput, tagSetKey } from "./tag-set.ts";
export type { Tags } from "./tags.ts";
export { type CallEnded, timeCall } from "./time-call.ts";
export type { Timer } from "./timer.ts";
