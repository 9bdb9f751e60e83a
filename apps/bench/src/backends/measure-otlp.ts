import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import { MetricsCollector } from "@giflab/metrics-core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { LoopWatch } from "../storage/loop-watch.ts";
import { printFigures, printTable } from "../table.ts";
import { LineSink } from "./line-sink.ts";

const ROUNDS = 15;

/** A program with many series that sends them over OTLP. */
interface Way {
  readonly name: string;
  /** Changes every series; not measured. */
  readonly change: () => void;
  /** Collects and sends, until it is acknowledged. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What is recorded: so many series of a kind, each with these values between two flushes. */
interface Work {
  readonly what: string;
  readonly name: string;
  readonly kind: "counter" | "timer";
  readonly series: readonly { readonly tags: Record<string, string>; readonly values: readonly number[] }[];
}

/** What it takes to collect and send one flush, until the acknowledgement, beside the official SDK with its exporter. */
export async function measureOtlp(): Promise<Figure[]> {
  await using sink = await LineSink.start();
  const figures: Figure[] = [];
  for (const work of [counters(10_000), timers(200)]) {
    const ways = [
      ours(sink.url, "ours, cumulative", work, {}),
      ours(sink.url, "ours, delta", work, { temporality: "delta" }),
      ours(sink.url, "ours, cumulative, gzip", work, { compression: "gzip" }),
      ours(sink.url, "ours, cumulative, JSON", work, { encoding: "json" }),
      official(sink.url, work),
    ];
    const cpu = ways.map((): number[] => []);
    const turns = ways.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, { change, flush }] of ways.entries()) {
        change();
        const watch = new LoopWatch();
        const before = process.cpuUsage();
        await watch.during(flush);
        const { user, system } = process.cpuUsage(before);
        if (round === 0) continue;
        cpu[index]!.push((user + system) / 1000);
        turns[index]!.push(Math.max(0, ...watch.cpuMs));
      }
    }
    console.log(`\nOTLP: ${work.what} collected and sent to a server that forgets`);
    printTable(
      ["", "ms of processor time", "longest turn of the loop, ms"],
      ways.map(({ name }, i) => [name, quantile(cpu[i]!, 0.5).toFixed(1), quantile(turns[i]!, 0.5).toFixed(1)]),
    );
    figures.push(atMost(`event loop blocked by ${work.what} over OTLP`, quantile(turns[0]!, 0.5), 5, "ms"));
    for (const { close } of ways) await close();
  }
  printFigures(figures);
  return figures;
}

function ours(endpoint: string, name: string, work: Work, options: OtlpOptions): Way {
  const collector = new MetricsCollector({
    service: "bench",
    backends: [new OtlpBackend({ endpoint, ...options })],
    flushIntervalSeconds: 3600,
    maxSeriesPerMetric: 20_000,
    bufferSize: 100_000,
    handleSignals: false,
  });
  const changes = work.series.map(({ tags, values }) => {
    const handle = work.kind === "counter" ? collector.counter(work.name, { tags }) : undefined;
    const timer = handle === undefined ? collector.timer(work.name, { tags }) : undefined;
    return () => {
      for (const value of values) handle === undefined ? timer?.record(value) : handle.add(value);
    };
  });
  return {
    name,
    change: () => {
      for (const change of changes) change();
    },
    flush: () => collector.flush(),
    close: () => collector.close(),
  };
}

/** As it comes, but with exponential histograms (of its 160 buckets) and room for all series. */
function official(url: string, { name, kind, series }: Work): Way {
  const exporter = new OTLPMetricExporter({ url: `${url}/v1/metrics` });
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [
      kind === "counter"
        ? { instrumentName: name, aggregationCardinalityLimit: 20_000 }
        : { instrumentType: InstrumentType.HISTOGRAM, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ],
  });
  const meter = provider.getMeter("bench");
  const counter = kind === "counter" ? meter.createCounter(name) : undefined;
  const histogram = counter === undefined ? meter.createHistogram(name) : undefined;
  return {
    name: "OpenTelemetry's SDK and exporter (protobuf, cumulative)",
    change: () => {
      for (const { tags, values } of series) {
        for (const value of values) counter === undefined ? histogram?.record(value, tags) : counter.add(value, tags);
      }
    },
    flush: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  };
}

function counters(count: number): Work {
  const series = Array.from({ length: count }, (_, i) => ({
    tags: { key: String(i), tier: "memory" },
    values: [(i % 100) + 1],
  }));
  return { what: `${count} counters`, name: "cache.frame.hits", kind: "counter", series };
}

function timers(count: number): Work {
  const series = Array.from({ length: count }, (_, i) => ({
    tags: { key: String(i), operation: "get" },
    values: Array.from({ length: 100 }, (__, call) => 0.0001 * (call + 1) * (1 + (i % 7))),
  }));
  return { what: `${count} timers of 100 calls`, name: "cache.frame.operation.duration", kind: "timer", series };
}
