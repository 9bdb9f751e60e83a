import type { MetricCatalogue } from "@giflab/metrics-core";
import type { ChannelSource } from "./channel-source.ts";
import { defineMissing } from "./define-missing.ts";
import { amountField, messageFields, optionalAmountField, textField } from "./message-field.ts";

/** What a frame sampler publishes on `giflab:sampling` after each choice of frames. */
export interface SamplingMessage {
  readonly strategy: string;
  readonly framesTotal: number;
  /** At most `framesTotal`. */
  readonly framesSampled: number;
  readonly confidenceIntervalWidth?: number;
  readonly seconds: number;
  /** How many times faster than using every frame. */
  readonly speedupFactor?: number;
}

/** The metrics of frame sampling, as they are declared when the first message comes, unless a catalogue has them. */
export const SAMPLING_METRICS: MetricCatalogue = {
  "sampling.frames_sampled_ratio": {
    kind: "gauge",
    unit: "1",
    system: "sampling",
    description: "Share of frames that the last sampling chose",
  },
  "sampling.confidence_interval_width": {
    kind: "gauge",
    system: "sampling",
    description: "Width of the confidence interval that the last sampling reached",
  },
  "sampling.speedup_factor": {
    kind: "gauge",
    system: "sampling",
    description: "How many times faster than using every frame",
  },
  "sampling.strategy_usage": { kind: "counter", system: "sampling", description: "Samplings by strategy" },
};

/** Turns `giflab:sampling` into `sampling.*`, tagged `strategy`. */
export const samplingChannel: ChannelSource = {
  channel: "giflab:sampling",
  record(collector) {
    let defined = false;
    return (message) => {
      const fields = messageFields(message);
      const strategy = textField("strategy", fields["strategy"]);
      const total = amountField("framesTotal", fields["framesTotal"]);
      const sampled = amountField("framesSampled", fields["framesSampled"]);
      const width = optionalAmountField("confidenceIntervalWidth", fields["confidenceIntervalWidth"]);
      const speedup = optionalAmountField("speedupFactor", fields["speedupFactor"]);
      if (!defined) {
        defineMissing(collector, SAMPLING_METRICS);
        defined = true;
      }
      const tags = { strategy };
      collector.recordCounter("sampling.strategy_usage", 1, tags);
      if (total > 0) collector.recordGauge("sampling.frames_sampled_ratio", sampled / total, tags);
      if (width !== undefined) collector.recordGauge("sampling.confidence_interval_width", width, tags);
      if (speedup !== undefined) collector.recordGauge("sampling.speedup_factor", speedup, tags);
    };
  },
};
