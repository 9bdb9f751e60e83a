import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter as MeasuredCounter } from "measured-core";
import { Counter, Registry } from "prom-client";
import { timesFaster } from "../figure.ts";
import { openTelemetry } from "../peers.ts";
import { useInEarnest } from "../used-in-earnest.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

const COUNTERS = 8;

/**
 * `add(1)` to eight counters in turn, as a program does that counts more than one thing. Adding to one double again and
 * again waits each time for the addition before it; here the additions overlap and their work is what is left.
 */
export const countersInTurnSuite: HotPathSuite = {
  title: `counter.add(1), ${COUNTERS} bound counters in turn, no tags`,
  prepare: () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const registers = [new Registry()];
    const { provider } = openTelemetry();
    const meter = provider.getMeter("bench");
    const names = Array.from({ length: COUNTERS }, (_, i) => `in_turn_${i}`);
    const ours = names.map((name) => collector.counter(name));
    const proms = names.map((name) => new Counter({ name, help: name, registers }));
    const otels = names.map((name) => meter.createCounter(name));
    const measured = names.map(() => new MeasuredCounter());
    const bare = new Float64Array(512);
    useInEarnest((name, tags) => {
      const handle = collector.counter(name, { tags });
      return (amount) => handle.add(amount);
    });
    useInEarnest(() => {
      const other = new MeasuredCounter();
      return (amount) => other.inc(amount);
    });
    useInEarnest((name, tags) => {
      const metric = new Counter({ name, help: name, labelNames: Object.keys(tags), registers });
      return (amount) => metric.inc(tags, amount);
    });
    useInEarnest((name, tags) => {
      const metric = meter.createCounter(name);
      return (amount) => metric.add(amount, tags);
    });
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++) ours[i & 7]!.add(1);
          },
        },
        {
          name: "bare additions in memory",
          run: (count) => {
            for (let i = 0; i < count; i++) bare[i & 7]! += 1;
          },
        },
        {
          name: "measured-core",
          run: (count) => {
            for (let i = 0; i < count; i++) measured[i & 7]!.inc(1);
          },
        },
        {
          name: "prom-client, no labels",
          run: (count) => {
            for (let i = 0; i < count; i++) proms[i & 7]!.inc(1);
          },
        },
        {
          name: "OpenTelemetry, no attributes",
          run: (count) => {
            for (let i = 0; i < count; i++) otels[i & 7]!.add(1);
          },
        },
      ],
      close: async () => {
        await Promise.all([collector.close(), provider.shutdown()]);
      },
    };
  },
  figures: [timesFaster("ours", "prom-client, no labels", 10), timesFaster("ours", "OpenTelemetry, no attributes", 15)],
};
