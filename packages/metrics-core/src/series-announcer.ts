import type { NamedDefinition, RecordedMetricDefinition } from "./metric-definition.ts";
import type { RecordedSeries } from "./recorded-series.ts";

/** Is told what cells mean, by the thread that records in them and before it does. May throw when it cannot pass it on. */
export interface SeriesAnnouncer {
  series(series: RecordedSeries): void;
  /** A metric of which there are series may be described further later. */
  definition(name: string, definition: RecordedMetricDefinition): void;
  derived(definition: NamedDefinition): void;
  /** Memory for the buckets of distributions; their directories count slabs in this order. */
  slab(counts: Uint32Array): void;
}
