import type { MetricCatalogue } from "@giflab/metrics-core";
import type { ChannelSource } from "./channel-source.ts";
import { defineMissing } from "./define-missing.ts";
import { amountField, messageFields, textField } from "./message-field.ts";

/** What a lazy import publishes on `giflab:lazy-import` once its module is loaded, or has failed to load. */
export interface LazyImportMessage {
  readonly module: string;
  /** How long loading took. */
  readonly seconds: number;
  /** True when the module could not be loaded and something else stands in for it. */
  readonly fallbackUsed: boolean;
}

/** The metrics of lazy imports, as they are declared when the first message comes, unless a catalogue has them. */
export const LAZY_IMPORT_METRICS: MetricCatalogue = {
  "lazy_import.load_time": {
    kind: "timer",
    unit: "s",
    system: "lazy",
    description: "Time to load a module on first use",
  },
  "lazy_import.load_count": { kind: "counter", system: "lazy", description: "Modules loaded on first use" },
  "lazy_import.fallback_used": { kind: "counter", system: "lazy", description: "Loads that failed and fell back" },
};

/** Turns `giflab:lazy-import` into `lazy_import.*`, tagged `module`. */
export const lazyImportChannel: ChannelSource = {
  channel: "giflab:lazy-import",
  record(collector) {
    let defined = false;
    return (message) => {
      const fields = messageFields(message);
      const module = textField("module", fields["module"]);
      const seconds = amountField("seconds", fields["seconds"]);
      const fallbackUsed = fields["fallbackUsed"];
      if (typeof fallbackUsed !== "boolean") throw new TypeError("fallbackUsed must be true or false");
      if (!defined) {
        defineMissing(collector, LAZY_IMPORT_METRICS);
        defined = true;
      }
      const tags = { module };
      collector.recordTimer("lazy_import.load_time", seconds, tags);
      collector.recordCounter("lazy_import.load_count", 1, tags);
      // Adding 0 makes the series, so that "never" is visible.
      collector.recordCounter("lazy_import.fallback_used", fallbackUsed ? 1 : 0, tags);
    };
  },
};
