import { channel } from "node:diagnostics_channel";
import { instrumentChannels } from "@giflab/instrumentation";
import { MemoryBackend, MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import type { HotPathSuite } from "./hot-path-suite.ts";

const TAGS = { tier: "memory" };

/** A cache look-up that is published: what a monitored system adds to its calls. */
export const instrumentationSuite: HotPathSuite = {
  title: "a cache look-up published on giflab:cache",
  prepare: () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    setMetricsCollector(collector);
    const instrumentation = instrumentChannels();
    const heard = channel("giflab:cache");
    const unheard = channel("giflab:bench-unheard");
    const publish = (to: typeof heard): void => {
      if (!to.hasSubscribers) return;
      to.publish({
        cache: "frame",
        operation: "get",
        outcome: "hit",
        seconds: 1e-6,
        memoryBytes: 1,
        memoryLimitBytes: 2,
        tags: TAGS,
      });
    };
    return {
      contestants: [
        {
          name: "published and recorded",
          run: (count) => {
            for (let i = 0; i < count; i++) publish(heard);
          },
        },
        {
          name: "published, nobody listens",
          run: (count) => {
            for (let i = 0; i < count; i++) publish(unheard);
          },
        },
      ],
      close: async () => {
        instrumentation.stop();
        setMetricsCollector(undefined);
        await collector.close();
      },
    };
  },
  figures: [],
};
