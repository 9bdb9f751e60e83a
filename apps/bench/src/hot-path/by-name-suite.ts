import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter, Registry } from "prom-client";
import { atMostNs, timesFaster } from "../figure.ts";
import { HotShots, openTelemetry } from "../peers.ts";
import { useInEarnest } from "../used-in-earnest.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

/** A counter by name with two tags, which are a fresh object in every call, as in programs. */
export const byNameSuite: HotPathSuite = {
  title: "counter by name with 2 tags",
  prepare: async () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const registers = [new Registry()];
    const prom = new Counter({ name: "labelled", help: "labelled", labelNames: ["cache", "tier"], registers });
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createCounter("counter");
    const hotShots = await HotShots.open();
    useInEarnest((name, tags) => (amount) => collector.recordCounter(name, amount, tags));
    useInEarnest((name, tags) => {
      const metric = new Counter({ name, help: name, labelNames: Object.keys(tags), registers });
      return (amount) => metric.inc(tags, amount);
    });
    useInEarnest((name, tags) => {
      const metric = provider.getMeter("bench").createCounter(name);
      return (amount) => metric.add(amount, tags);
    });
    useInEarnest((name, tags) => (amount) => hotShots.aggregated.increment(name, amount, tags));
    const caches = ["frame", "resize", "validation", "other"];
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++)
              collector.recordCounter("bench.named", 1, { cache: "frame", tier: "memory" });
          },
        },
        {
          name: "ours, 4 changing values",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              collector.recordCounter("bench.changing", 1, { cache: caches[i & 3], tier: "memory" });
            }
          },
        },
        {
          name: "prom-client",
          run: (count) => {
            for (let i = 0; i < count; i++) prom.inc({ cache: "frame", tier: "memory" }, 1);
          },
        },
        {
          name: "OpenTelemetry",
          run: (count) => {
            for (let i = 0; i < count; i++) otel.add(1, { cache: "frame", tier: "memory" });
          },
        },
        {
          name: "hot-shots, aggregated",
          run: (count) => {
            for (let i = 0; i < count; i++)
              hotShots.aggregated.increment("named", 1, { cache: "frame", tier: "memory" });
          },
        },
        {
          name: "hot-shots, buffered UDP",
          run: (count) => {
            for (let i = 0; i < count; i++) hotShots.buffered.increment("named", 1, { cache: "frame", tier: "memory" });
          },
          settle: () => hotShots.settle(),
        },
      ],
      close: async () => {
        await Promise.all([collector.close(), provider.shutdown(), hotShots[Symbol.asyncDispose]()]);
      },
    };
  },
  figures: [
    atMostNs("ours", 45),
    timesFaster("ours", "prom-client", 5),
    timesFaster("ours", "OpenTelemetry", 15),
    timesFaster("ours", "hot-shots, aggregated", 30),
    timesFaster("ours", "hot-shots, buffered UDP", 30),
  ],
};
