import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter as MeasuredCounter } from "measured-core";
import { Counter, Gauge, Registry } from "prom-client";
import { atMostNs, timesFaster } from "../figure.ts";
import { openTelemetry } from "../peers.ts";
import { useInEarnest } from "../used-in-earnest.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

const TAGS = { cache: "frame", tier: "memory" };
const labelNames = Object.keys(TAGS);

/** `add(1)` through a handle that was resolved before. */
export const counterSuite: HotPathSuite = {
  title: "counter.add(1), bound",
  prepare: () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const ours = collector.counter("bench.counter", { tags: TAGS });
    const registers = [new Registry()];
    const plain = new Counter({ name: "plain", help: "plain", registers });
    const child = new Counter({ name: "labelled", help: "labelled", labelNames, registers }).labels(TAGS);
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createCounter("counter");
    const measured = new MeasuredCounter();
    const bare = new Float64Array(512);
    useInEarnest(() => {
      const other = new MeasuredCounter();
      return (amount) => other.inc(amount);
    });
    useInEarnest((name, tags) => {
      const handle = collector.counter(name, { tags });
      return (amount) => handle.add(amount);
    });
    useInEarnest((name, tags) => {
      const metric = new Counter({ name, help: name, labelNames: Object.keys(tags), registers });
      if (Object.keys(tags).length === 0) return (amount) => metric.inc(amount);
      const child = metric.labels(tags);
      return (amount) => child.inc(amount);
    });
    useInEarnest((name, tags) => {
      const metric = provider.getMeter("bench").createCounter(name);
      return (amount) => metric.add(amount, tags);
    });
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++) ours.add(1);
          },
        },
        {
          name: "a bare addition in memory",
          run: (count) => {
            for (let i = 0; i < count; i++) bare[7]! += 1;
          },
        },
        {
          name: "measured-core, no tags",
          run: (count) => {
            for (let i = 0; i < count; i++) measured.inc(1);
          },
        },
        {
          name: "prom-client, no labels",
          run: (count) => {
            for (let i = 0; i < count; i++) plain.inc(1);
          },
        },
        {
          name: "prom-client, labels() child",
          run: (count) => {
            for (let i = 0; i < count; i++) child.inc(1);
          },
        },
        {
          name: "OpenTelemetry, no attributes",
          run: (count) => {
            for (let i = 0; i < count; i++) otel.add(1);
          },
        },
      ],
      close: async () => {
        await Promise.all([collector.close(), provider.shutdown()]);
      },
    };
  },
  figures: [
    atMostNs("ours", 5),
    timesFaster("ours", "prom-client, no labels", 10),
    timesFaster("ours", "prom-client, labels() child", 40),
    timesFaster("ours", "OpenTelemetry, no attributes", 15),
  ],
};

/** `set(value)` through a handle that was resolved before. */
export const gaugeSuite: HotPathSuite = {
  title: "gauge.set(value), bound",
  prepare: () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const ours = collector.gauge("bench.gauge", { tags: TAGS });
    const registers = [new Registry()];
    const plain = new Gauge({ name: "plain", help: "plain", registers });
    const child = new Gauge({ name: "labelled", help: "labelled", labelNames, registers }).labels(TAGS);
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createGauge("gauge");
    const bare = new Float64Array(512);
    useInEarnest((name, tags) => {
      const handle = collector.gauge(name, { tags });
      return (amount) => handle.set(amount);
    });
    useInEarnest((name, tags) => {
      const metric = new Gauge({ name, help: name, labelNames: Object.keys(tags), registers });
      if (Object.keys(tags).length === 0) return (amount) => metric.set(amount);
      const child = metric.labels(tags);
      return (amount) => child.set(amount);
    });
    useInEarnest((name, tags) => {
      const metric = provider.getMeter("bench").createGauge(name);
      return (amount) => metric.record(amount, tags);
    });
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++) ours.set(i);
          },
        },
        {
          name: "a bare store in memory",
          run: (count) => {
            for (let i = 0; i < count; i++) bare[7] = i;
          },
        },
        {
          name: "prom-client, no labels",
          run: (count) => {
            for (let i = 0; i < count; i++) plain.set(i);
          },
        },
        {
          name: "prom-client, labels() child",
          run: (count) => {
            for (let i = 0; i < count; i++) child.set(i);
          },
        },
        {
          name: "OpenTelemetry, no attributes",
          run: (count) => {
            for (let i = 0; i < count; i++) otel.record(i);
          },
        },
      ],
      close: async () => {
        await Promise.all([collector.close(), provider.shutdown()]);
      },
    };
  },
  figures: [
    atMostNs("ours", 5),
    timesFaster("ours", "prom-client, no labels", 10),
    timesFaster("ours", "prom-client, labels() child", 40),
    timesFaster("ours", "OpenTelemetry, no attributes", 15),
  ],
};
