import { trackCounter, trackTiming } from "@giflab/instrumentation";
import { MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import { metrics } from "@opentelemetry/api";
import { atMostNs } from "../figure.ts";
import type { Contestant } from "../interleaved-run.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

const TAGS = { cache: "frame", tier: "memory" };

/** Every way to record with a collector that is turned off; beside it OpenTelemetry's API when no SDK is installed. */
export const disabledSuite: HotPathSuite = {
  title: "monitoring disabled",
  prepare: () => {
    const collector = new MetricsCollector({ enabled: false });
    setMetricsCollector(collector);
    const counter = collector.counter("bench.counter", { tags: TAGS });
    const gauge = collector.gauge("bench.gauge");
    const histogram = collector.histogram("bench.histogram");
    const timer = collector.timer("bench.timer");
    const plain = (n: number): number => n + 1;
    const timed = trackTiming({ metricName: "bench.timed" }, plain);
    const counted = trackCounter({ metricName: "bench.counted" }, plain);
    const otel = metrics.getMeter("bench").createCounter("counter");
    const work = () => 1;
    /** Each run adds up on its own: a number shared by closures would be a new object in every call. */
    let sum = 0;
    const contestants: Contestant[] = [
      {
        name: "counter.add",
        run: (count) => {
          for (let i = 0; i < count; i++) counter.add(1);
        },
      },
      {
        name: "gauge.set",
        run: (count) => {
          for (let i = 0; i < count; i++) gauge.set(i);
        },
      },
      {
        name: "histogram.record",
        run: (count) => {
          for (let i = 0; i < count; i++) histogram.record(i);
        },
      },
      {
        name: "timer.record",
        run: (count) => {
          for (let i = 0; i < count; i++) timer.record(i);
        },
      },
      {
        name: "timer start and stop",
        run: (count) => {
          for (let i = 0; i < count; i++) timer.stop(timer.start());
        },
      },
      {
        name: "timer.time(work)",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += timer.time(work);
          sum += all;
        },
      },
      {
        name: "counter by name",
        run: (count) => {
          for (let i = 0; i < count; i++)
            collector.recordCounter("bench.counter", 1, { cache: "frame", tier: "memory" });
        },
      },
      {
        name: "histogram by name",
        run: (count) => {
          for (let i = 0; i < count; i++) {
            collector.recordHistogram("bench.histogram", i, { cache: "frame", tier: "memory" });
          }
        },
      },
      {
        name: "trackTiming wrapper",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += timed(i);
          sum += all;
        },
      },
      {
        name: "trackCounter wrapper",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += counted(i);
          sum += all;
        },
      },
      {
        name: "OpenTelemetry API without SDK, add",
        run: (count) => {
          for (let i = 0; i < count; i++) otel.add(1, { cache: "frame", tier: "memory" });
        },
      },
      {
        name: "the function itself",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += plain(i);
          sum += all;
        },
      },
      {
        name: "an empty loop",
        run: (count) => {
          for (let i = 0; i < count; i++);
        },
      },
    ];
    return {
      contestants,
      close: async () => {
        if (sum === 1) console.log(sum);
        setMetricsCollector(undefined);
        await collector.close();
      },
    };
  },
  figures: ["counter.add", "gauge.set", "histogram.record", "timer.record", "timer start and stop"].map((name) =>
    atMostNs(name, 1),
  ),
};
