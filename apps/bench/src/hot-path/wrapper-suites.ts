import { createHistogram, performance } from "node:perf_hooks";
import { trackCounter, trackTiming } from "@giflab/instrumentation";
import { MemoryBackend, MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import { Histogram, Registry } from "prom-client";
import type { Contestant } from "../interleaved-run.ts";
import { HotShots, openTelemetry } from "../peers.ts";
import type { HotPathSuite } from "./hot-path-suite.ts";

/** Applies a decorator to a method as compilers do: once, when the class is defined. */
function decorated<This, F extends (this: This, n: number) => unknown>(
  decorate: (method: F, context: ClassMethodDecoratorContext) => F,
  method: F,
): { method: F } {
  const context = { kind: "method", name: "method", static: false, private: false, metadata: {}, addInitializer() {} };
  return new (class {
    method = decorate(method, context as unknown as ClassMethodDecoratorContext);
  })();
}

function collecting() {
  const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
  setMetricsCollector(collector);
  return async (): Promise<void> => {
    setMetricsCollector(undefined);
    await collector.close();
  };
}

/**
 * A function of one addition that is timed or counted by a wrapper or a decorator. Peers that have no wrapper are given one
 * by hand that times and does nothing else: ours also pass `this`, name, length, generators and promises through.
 */
export const wrapperSuite: HotPathSuite = {
  title: "a wrapped function, synchronous",
  prepare: async () => {
    const close = collecting();
    const plain = (n: number): number => n + 1;
    const timed = trackTiming({ metricName: "bench.timed" }, plain);
    const counted = trackCounter({ metricName: "bench.counted" }, plain);
    const method = decorated(trackTiming({ metricName: "bench.method" }), plain);
    const countedMethod = decorated(trackCounter({ metricName: "bench.counted.method" }), plain);
    const timerified = performance.timerify(plain, { histogram: createHistogram() });
    const prom = new Histogram({ name: "wrapped", help: "wrapped", registers: [new Registry()] });
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createHistogram("wrapped");
    const hotShots = await HotShots.open();
    const buffered = hotShots.buffered.timer((n: number, _context: unknown) => n + 1, "wrapped");
    const promTimed = (n: number): number => {
      const end = prom.startTimer();
      try {
        return plain(n);
      } finally {
        end();
      }
    };
    const otelTimed = (n: number): number => {
      const start = performance.now();
      try {
        return plain(n);
      } finally {
        otel.record((performance.now() - start) / 1000);
      }
    };
    /** Each run adds up on its own: a number shared by closures would be a new object in every call. */
    let sum = 0;
    const contestants: Contestant[] = [
      {
        name: "ours, trackTiming",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += timed(i);
          sum += all;
        },
      },
      {
        name: "ours, @trackTiming",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += method.method(i);
          sum += all;
        },
      },
      {
        name: "ours, trackCounter",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += counted(i);
          sum += all;
        },
      },
      {
        name: "ours, @trackCounter",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += countedMethod.method(i);
          sum += all;
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
        name: "two clock readings",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += performance.now() - performance.now();
          sum += all;
        },
      },
      {
        name: "performance.timerify, histogram",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += timerified(i);
          sum += all;
        },
      },
      {
        name: "prom-client startTimer, by hand",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += promTimed(i);
          sum += all;
        },
      },
      {
        name: "OpenTelemetry, by hand",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += otelTimed(i);
          sum += all;
        },
      },
      {
        name: "hot-shots timer()",
        run: (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += buffered(i);
          sum += all;
        },
        settle: () => hotShots.settle(),
      },
    ];
    return {
      contestants,
      close: async () => {
        if (sum === 1) console.log(sum);
        await Promise.all([close(), provider.shutdown(), hotShots[Symbol.asyncDispose]()]);
      },
    };
  },
  figures: [],
};

/** The same for an async function that returns at once; every contestant awaits each call. */
export const asyncWrapperSuite: HotPathSuite = {
  title: "a wrapped function, asynchronous",
  prepare: async () => {
    const close = collecting();
    const plain = async (n: number): Promise<number> => n + 1;
    const timed = trackTiming({ metricName: "bench.timed" }, plain);
    const counted = trackCounter({ metricName: "bench.counted" }, plain);
    const method = decorated(trackTiming({ metricName: "bench.method" }), plain);
    const timerified = performance.timerify(plain, { histogram: createHistogram() });
    const prom = new Histogram({ name: "wrapped", help: "wrapped", registers: [new Registry()] });
    const { provider } = openTelemetry();
    const otel = provider.getMeter("bench").createHistogram("wrapped");
    const hotShots = await HotShots.open();
    const buffered = hotShots.buffered.asyncTimer(async (n: number, _context: unknown) => n + 1, "wrapped");
    const promTimed = async (n: number): Promise<number> => {
      const end = prom.startTimer();
      try {
        return await plain(n);
      } finally {
        end();
      }
    };
    const otelTimed = async (n: number): Promise<number> => {
      const start = performance.now();
      try {
        return await plain(n);
      } finally {
        otel.record((performance.now() - start) / 1000);
      }
    };
    /** Each run adds up on its own: a number shared by closures would be a new object in every call. */
    let sum = 0;
    const contestants: Contestant[] = [
      {
        name: "ours, trackTiming",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await timed(i);
          sum += all;
        },
      },
      {
        name: "ours, @trackTiming",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await method.method(i);
          sum += all;
        },
      },
      {
        name: "ours, trackCounter",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await counted(i);
          sum += all;
        },
      },
      {
        name: "the function itself",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await plain(i);
          sum += all;
        },
      },
      {
        name: "performance.timerify, histogram",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await timerified(i);
          sum += all;
        },
      },
      {
        name: "prom-client startTimer, by hand",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await promTimed(i);
          sum += all;
        },
      },
      {
        name: "OpenTelemetry, by hand",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await otelTimed(i);
          sum += all;
        },
      },
      {
        name: "hot-shots asyncTimer()",
        run: async (count) => {
          let all = 0;
          for (let i = 0; i < count; i++) all += await buffered(i);
          sum += all;
        },
        settle: () => hotShots.settle(),
      },
    ];
    return {
      contestants,
      close: async () => {
        if (sum === 1) console.log(sum);
        await Promise.all([close(), provider.shutdown(), hotShots[Symbol.asyncDispose]()]);
      },
    };
  },
  figures: [],
};
