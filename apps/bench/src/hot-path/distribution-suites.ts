import { createHistogram } from "node:perf_hooks";
import { DDSketch } from "@datadog/sketches-js";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import * as hdr from "hdr-histogram-js";
import { Timer as MeasuredTimer } from "measured-core";
import { Histogram, Registry } from "prom-client";
import { atMostAbove, atMostNs, timesFaster } from "../figure.ts";
import { openTelemetry } from "../peers.ts";
import { useInEarnest } from "../used-in-earnest.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

/** 4,096 log-normal durations around 10 ms, the same in every run. */
function durations(): Float64Array {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float64Array.from({ length: 4096 }, () => {
    return 0.01 * Math.exp(Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
  });
}

/** Recording values that vary, at 1 % relative error where the peer can. */
export const histogramSuite: HotPathSuite = {
  title: "histogram.record(value), bound, log-normal values",
  prepare: async () => {
    await hdr.initWebAssembly();
    const values = durations();
    const nanoseconds = values.map((value) => Math.max(1, Math.round(value * 1e9)));
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const ours = collector.histogram("bench.histogram");
    const sketch = new DDSketch({ relativeAccuracy: 0.01 });
    const recordable = createHistogram({ figures: 2 });
    const makeHdr = (useWebAssembly: boolean) => {
      return hdr.build({ numberOfSignificantValueDigits: 2, bitBucketSize: 32, useWebAssembly });
    };
    const hdrJs = makeHdr(false);
    const hdrWasm = makeHdr(true);
    const registers = [new Registry()];
    const prom = new Histogram({ name: "histogram", help: "histogram", registers });
    const { provider } = openTelemetry();
    const meter = provider.getMeter("bench");
    const explicit = meter.createHistogram("explicit");
    const exponential = meter.createHistogram("exponential");
    useInEarnest((name, tags) => {
      const handle = collector.histogram(name, { tags });
      return (amount) => handle.record(amount);
    });
    useInEarnest((name, tags) => {
      const metric = new Histogram({ name, help: name, labelNames: Object.keys(tags), registers });
      return (amount) => metric.observe(tags, amount);
    });
    useInEarnest((name, tags) => {
      const metric = meter.createHistogram(name);
      return (amount) => metric.record(amount, tags);
    });
    useInEarnest(() => {
      const other = new DDSketch({ relativeAccuracy: 0.01 });
      return (amount) => other.accept(amount);
    });
    useInEarnest(() => {
      const other = createHistogram({ figures: 2 });
      return (amount) => other.record(Math.ceil(amount));
    });
    for (const useWebAssembly of [false, true]) {
      useInEarnest(() => {
        const other = makeHdr(useWebAssembly);
        return (amount) => other.recordValue(Math.ceil(amount * 1000));
      });
    }
    return {
      contestants: [
        {
          name: "ours, 0.78 %",
          run: (count) => {
            for (let i = 0; i < count; i++) ours.record(values[i & 4095]!);
          },
        },
        {
          name: "DDSketch, 1 %",
          run: (count) => {
            for (let i = 0; i < count; i++) sketch.accept(values[i & 4095]!);
          },
        },
        {
          name: "perf_hooks histogram, 2 digits",
          run: (count) => {
            for (let i = 0; i < count; i++) recordable.record(nanoseconds[i & 4095]!);
          },
        },
        {
          name: "hdr-histogram-js, 2 digits",
          run: (count) => {
            for (let i = 0; i < count; i++) hdrJs.recordValue(nanoseconds[i & 4095]!);
          },
        },
        {
          name: "hdr-histogram-js, WASM, 2 digits",
          run: (count) => {
            for (let i = 0; i < count; i++) hdrWasm.recordValue(nanoseconds[i & 4095]!);
          },
        },
        {
          name: "OpenTelemetry, explicit buckets",
          run: (count) => {
            for (let i = 0; i < count; i++) explicit.record(values[i & 4095]!);
          },
        },
        {
          name: "OpenTelemetry, exponential",
          run: (count) => {
            for (let i = 0; i < count; i++) exponential.record(values[i & 4095]!);
          },
        },
        {
          name: "prom-client, 11 buckets",
          run: (count) => {
            for (let i = 0; i < count; i++) prom.observe(values[i & 4095]!);
          },
        },
      ],
      close: async () => {
        hdrJs.destroy();
        hdrWasm.destroy();
        await Promise.all([collector.close(), provider.shutdown()]);
      },
    };
  },
  figures: [
    atMostNs("ours, 0.78 %", 12),
    timesFaster("ours, 0.78 %", "DDSketch, 1 %", 2),
    timesFaster("ours, 0.78 %", "perf_hooks histogram, 2 digits", 2),
    timesFaster("ours, 0.78 %", "OpenTelemetry, explicit buckets", 9),
    timesFaster("ours, 0.78 %", "prom-client, 11 buckets", 25),
  ],
};

/** Start and stop of an empty measurement; the floor is reading the clock twice. */
export const timerSuite: HotPathSuite = {
  title: "timer start and stop",
  prepare: () => {
    const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
    const ours = collector.timer("bench.timer");
    const prom = new Histogram({ name: "timer", help: "timer", registers: [new Registry()] });
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createHistogram("timer");
    const measured = new MeasuredTimer();
    const recordable = createHistogram();
    let kept = 0;
    const work = () => 1;
    return {
      contestants: [
        {
          name: "ours",
          run: (count) => {
            for (let i = 0; i < count; i++) ours.stop(ours.start());
          },
        },
        {
          name: "two clock readings",
          run: (count) => {
            for (let i = 0; i < count; i++) kept = performance.now() - performance.now();
          },
        },
        {
          name: "ours, time(work)",
          run: (count) => {
            let all = 0;
            for (let i = 0; i < count; i++) all += ours.time(work);
            kept += all;
          },
        },
        {
          name: "prom-client startTimer",
          run: (count) => {
            for (let i = 0; i < count; i++) prom.startTimer()();
          },
        },
        {
          name: "measured-core",
          run: (count) => {
            for (let i = 0; i < count; i++) measured.start().end();
          },
        },
        {
          name: "hrtime.bigint and perf_hooks histogram",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const start = process.hrtime.bigint();
              recordable.record(process.hrtime.bigint() - start || 1n);
            }
          },
        },
        {
          name: "performance.now and OpenTelemetry",
          run: (count) => {
            for (let i = 0; i < count; i++) {
              const start = performance.now();
              otel.record((performance.now() - start) / 1000);
            }
          },
        },
      ],
      close: async () => {
        if (Number.isNaN(kept)) throw new Error("the clock reads no numbers");
        measured.end();
        await Promise.all([collector.close(), provider.shutdown()]);
      },
    };
  },
  figures: [atMostAbove("ours", "two clock readings", 15)],
};
