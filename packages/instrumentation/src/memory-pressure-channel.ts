import type { MetricCatalogue } from "@giflab/metrics-core";
import type { ChannelSource } from "./channel-source.ts";
import { defineMissing } from "./define-missing.ts";
import { amountField, messageFields, textField } from "./message-field.ts";

/** What whoever watches memory publishes on `giflab:memory-pressure` after each look. */
export interface MemoryPressureMessage {
  readonly level: "normal" | "warning" | "critical" | "emergency";
  /** Memory in use, and how much there is; both 0 when that cannot be told. */
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** What caches gave back at this look. */
  readonly freed: readonly { readonly cache: string; readonly bytes: number }[];
}

const BYTES_PER_MB = 2 ** 20;
const LEVELS: readonly unknown[] = ["normal", "warning", "critical", "emergency"];

/** The metrics of memory pressure, as they are declared when the first message comes, unless a catalogue has them. */
export const MEMORY_PRESSURE_METRICS: MetricCatalogue = {
  "cache.memory_pressure.level": {
    kind: "gauge",
    merge: "max",
    system: "memory",
    description: "How short memory is: 0 normal, 1 warning, 2 critical, 3 emergency",
  },
  "cache.memory_pressure.used_ratio": {
    kind: "gauge",
    unit: "1",
    merge: "max",
    system: "memory",
    description: "Share of the container's or the machine's memory that is in use",
  },
  "cache.memory_pressure.evictions": {
    kind: "counter",
    system: "memory",
    description: "Times that caches had to give memory back, by level",
  },
  "cache.memory_pressure.freed_mb": {
    kind: "counter",
    unit: "MB",
    system: "memory",
    description: "Memory that caches gave back, by cache",
  },
};

/** Turns `giflab:memory-pressure` into `cache.memory_pressure.*`. */
export const memoryPressureChannel: ChannelSource = {
  channel: "giflab:memory-pressure",
  record(collector) {
    let defined = false;
    return (message) => {
      const fields = messageFields(message);
      const level = LEVELS.indexOf(fields["level"]);
      if (level < 0) throw new TypeError(`level must be one of ${LEVELS.join(", ")}`);
      const usedBytes = amountField("usedBytes", fields["usedBytes"]);
      const totalBytes = amountField("totalBytes", fields["totalBytes"]);
      const freed = freedField(fields["freed"]);
      if (!defined) {
        defineMissing(collector, MEMORY_PRESSURE_METRICS);
        defined = true;
      }
      collector.recordGauge("cache.memory_pressure.level", level);
      if (totalBytes > 0) collector.recordGauge("cache.memory_pressure.used_ratio", usedBytes / totalBytes);
      const tags = { level: LEVELS[level] as string };
      if (freed.length > 0) collector.recordCounter("cache.memory_pressure.evictions", 1, tags);
      for (const { cache, bytes } of freed) {
        collector.recordCounter("cache.memory_pressure.freed_mb", bytes / BYTES_PER_MB, { cache });
      }
    };
  },
};

function freedField(value: unknown): readonly { readonly cache: string; readonly bytes: number }[] {
  if (!Array.isArray(value)) throw new TypeError("freed must be a list");
  return value.map((entry: unknown) => {
    const fields = messageFields(entry);
    return { cache: textField("cache", fields["cache"], 100), bytes: amountField("bytes", fields["bytes"]) };
  });
}
