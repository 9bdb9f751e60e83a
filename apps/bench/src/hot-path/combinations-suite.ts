import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter, Registry } from "prom-client";
import { atMostNs, timesFaster } from "../figure.ts";
import { HotShots, openTelemetry } from "../peers.ts";
import { useInEarnest } from "../used-in-earnest.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

/** 10 x 10 tag values, of which each call takes the next pair. */
const ROUTES = Array.from({ length: 10 }, (_, i) => `/route/${i}`);
const STATUSES = Array.from({ length: 10 }, (_, i) => `${200 + i}`);
const PAIRS = ROUTES.flatMap((route) => STATUSES.map((status) => ({ route, status })));

/** A counter by name, 100 tag combinations in turn: nothing that remembers the last call helps. */
export const combinationsSuite: HotPathSuite = {
  title: `counter by name with 2 tags, ${PAIRS.length} combinations in turn`,
  prepare: async () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const registers = [new Registry()];
    const prom = new Counter({ name: "combined", help: "combined", labelNames: ["route", "status"], registers });
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createCounter("combined");
    const hotShots = await HotShots.open();
    const bound = PAIRS.map((tags) => collector.counter("bench.combined", { tags }));
    const children = PAIRS.map((labels) => prom.labels(labels));
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
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const { route, status } = PAIRS[i % 100]!;
              collector.recordCounter("bench.combined", 1, { route, status });
            }
          },
        },
        {
          name: "ours, 100 bound handles",
          run: (count) => {
            for (let i = 0; i < count; i++) bound[i % 100]!.add(1);
          },
        },
        {
          name: "prom-client",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const { route, status } = PAIRS[i % 100]!;
              prom.inc({ route, status }, 1);
            }
          },
        },
        {
          name: "prom-client, 100 labels() children",
          run: (count) => {
            for (let i = 0; i < count; i++) children[i % 100]!.inc(1);
          },
        },
        {
          name: "OpenTelemetry",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const { route, status } = PAIRS[i % 100]!;
              otel.add(1, { route, status });
            }
          },
        },
        {
          name: "hot-shots, aggregated",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const { route, status } = PAIRS[i % 100]!;
              hotShots.aggregated.increment("combined", 1, { route, status });
            }
          },
        },
        {
          name: "hot-shots, buffered UDP",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const { route, status } = PAIRS[i % 100]!;
              hotShots.buffered.increment("combined", 1, { route, status });
            }
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
  ],
};
