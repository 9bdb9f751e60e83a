import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import { type InstanceIdentity, MergedSketch, type MetricSnapshot, type SnapshotPoint } from "@giflab/metrics-core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { LoopWatch } from "../storage/loop-watch.ts";
import { printFigures, printTable } from "../table.ts";
import { LineSink } from "./line-sink.ts";

const ROUNDS = 15;

const instance: InstanceIdentity = {
  service: "bench",
  version: "1.0.0",
  host: "bench-host",
  pid: 1,
  thread: 0,
  startTime: 1_700_000_000,
  writerId: "0123456789abcdef",
};

interface Way {
  readonly name: string;
  readonly send: (round: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What it takes to send one flush, from what was collected to the acknowledgement, beside the official exporter. */
export async function measureOtlp(): Promise<Figure[]> {
  await using sink = await LineSink.start();
  const figures: Figure[] = [];
  for (const { what, points, record } of [counters(10_000), timers(200)]) {
    const ways = [
      ours(sink.url, "ours, cumulative", points, {}),
      ours(sink.url, "ours, delta", points, { temporality: "delta" }),
      ours(sink.url, "ours, cumulative, gzip", points, { compression: "gzip" }),
      ours(sink.url, "ours, cumulative, JSON", points, { encoding: "json" }),
      await official(sink.url, record),
    ];
    const cpu = ways.map((): number[] => []);
    const turns = ways.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, { send }] of ways.entries()) {
        const watch = new LoopWatch();
        const before = process.cpuUsage();
        await watch.during(() => send(round + 1));
        const { user, system } = process.cpuUsage(before);
        if (round === 0) continue;
        cpu[index]!.push((user + system) / 1000);
        turns[index]!.push(Math.max(0, ...watch.cpuMs));
      }
    }
    console.log(`\nOTLP: one flush of ${what}, to a server that forgets`);
    printTable(
      ["", "ms of processor time", "longest turn of the loop, ms"],
      ways.map(({ name }, i) => [name, quantile(cpu[i]!, 0.5).toFixed(1), quantile(turns[i]!, 0.5).toFixed(1)]),
    );
    figures.push(atMost(`event loop blocked by ${what} over OTLP`, quantile(turns[0]!, 0.5), 5, "ms"));
    for (const { close } of ways) await close();
  }
  printFigures(figures);
  return figures;
}

function ours(endpoint: string, name: string, points: readonly SnapshotPoint[], options: OtlpOptions): Way {
  const backend = new OtlpBackend({ endpoint, ...options });
  return { name, send: (round) => backend.write(snapshot(points, round)), close: () => backend.close() };
}

/** The same series, collected once; its exponential histograms have the SDK's 160 buckets. */
async function official(url: string, record: (provider: MeterProvider) => void): Promise<Way> {
  const reader = new (class extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  })();
  const provider = new MeterProvider({
    readers: [reader],
    views: [
      { instrumentName: "*", aggregationCardinalityLimit: 20_000 },
      { instrumentType: InstrumentType.HISTOGRAM, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ],
  });
  record(provider);
  const { resourceMetrics } = await reader.collect();
  await provider.shutdown();
  const exporter = new OTLPMetricExporter({ url: `${url}/v1/metrics` });
  return {
    name: "OpenTelemetry's exporter (protobuf)",
    send: () => exported(exporter, resourceMetrics),
    close: () => exporter.shutdown(),
  };
}

function exported(exporter: OTLPMetricExporter, metrics: ResourceMetrics): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(metrics, ({ code, error }) => (code === 0 ? resolve() : reject(error)));
  });
}

function snapshot(points: readonly SnapshotPoint[], sequence: number): MetricSnapshot {
  const start = instance.startTime + sequence * 10;
  return { instance, sequence, start, end: start + 10, flushIntervalSeconds: 10, final: false, points, derived: [] };
}

interface Work {
  readonly what: string;
  readonly points: readonly SnapshotPoint[];
  readonly record: (provider: MeterProvider) => void;
}

function counters(count: number): Work {
  const name = "cache.frame.hits";
  const all = Array.from({ length: count }, (_, i) => ({
    tags: { key: String(i), tier: "memory" },
    delta: (i % 100) + 1,
  }));
  return {
    what: `${count} counters`,
    points: all.map(({ tags, delta }) => ({
      kind: "counter",
      series: { name, tags, definition: { kind: "counter" } },
      delta,
    })),
    record: (provider) => {
      const counter = provider.getMeter("bench").createCounter(name);
      for (const { tags, delta } of all) counter.add(delta, tags);
    },
  };
}

function timers(count: number): Work {
  const name = "cache.frame.operation.duration";
  const all = Array.from({ length: count }, (_, i) => ({
    tags: { key: String(i), operation: "get" },
    seconds: Array.from({ length: 100 }, (__, call) => 0.0001 * (call + 1) * (1 + (i % 7))),
  }));
  return {
    what: `${count} timers of 100 calls`,
    points: all.map(({ tags, seconds }) => {
      const sketch = new MergedSketch();
      for (const value of seconds) sketch.record(value);
      return { kind: "timer", series: { name, tags, definition: { kind: "timer" } }, sketch: sketch.toData() };
    }),
    record: (provider) => {
      const histogram = provider.getMeter("bench").createHistogram(name);
      for (const { tags, seconds } of all) for (const value of seconds) histogram.record(value, tags);
    },
  };
}
