import type { GaugeMerge, NormalRange } from "./metric-definition.ts";
import type { TagInput } from "./tag-set.ts";

/** What may be said of a metric when its handle is made. The same name must always have the same kind and unit. */
export interface MetricOptions {
  readonly tags?: TagInput;
  readonly unit?: string;
  readonly description?: string;
  readonly system?: string;
  readonly normalRange?: NormalRange;
}

export interface GaugeOptions extends MetricOptions {
  /** How the gauges of several processes become one value; default `last`. */
  readonly merge?: GaugeMerge;
}
