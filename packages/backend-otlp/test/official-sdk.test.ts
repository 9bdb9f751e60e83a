import { OtlpBackend } from "@giflab/backend-otlp";
import { bucketMiddle, bucketOf, MetricsCollector } from "@giflab/metrics-core";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as semantic from "@opentelemetry/semantic-conventions/incubating";
import { describe, expect, it, onTestFinished } from "vitest";
import { attributesOf, metricsOf, type ReceivedMetric, type ReceivedPoint } from "./official-protos.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";

/** What both are given, to be sent in the same order. */
interface Recorder {
  count(name: string, value: number, tags?: Record<string, string>): void;
  set(name: string, value: number): void;
  record(name: string, value: number, tags?: Record<string, string>): void;
  /** Sends, and resolves to what arrived. */
  send(): Promise<readonly ReceivedMetric[]>;
}

interface Variant {
  readonly encoding: "protobuf" | "json";
  readonly temporality: "cumulative" | "delta";
  /** Bounds of explicit histograms; without them they are exponential. */
  readonly bounds?: readonly number[];
}

const UNIT = { calls: "{call}", depth: "{job}", load: "s" } as const;
const unitOf = (name: string): string => UNIT[name as keyof typeof UNIT] ?? "";

/** A value in the middle of one of our buckets: there the SDK, which knows every value, and we put it in the same place. */
const middle = (value: number): number => bucketMiddle(bucketOf(value));

describe("what the official SDK sends for the same measurements", () => {
  const variants: readonly Variant[] = [
    { encoding: "protobuf", temporality: "cumulative" },
    { encoding: "json", temporality: "cumulative" },
    { encoding: "protobuf", temporality: "delta" },
    { encoding: "json", temporality: "delta", bounds: [0.01, 0.1, 1.5] },
    { encoding: "protobuf", temporality: "cumulative", bounds: [0.01, 0.1, 1.5] },
  ];
  for (const variant of variants) {
    const { encoding, temporality, bounds } = variant;
    it(`is what we send (${encoding}, ${temporality}, ${bounds ? "explicit" : "exponential"})`, async () => {
      const both = [await ours(variant), await theirs(variant)];
      for (const recorder of both) {
        recorder.count("calls", 3, { route: "/a", ok: "true" });
        recorder.count("calls", 0.25, { route: "/b" });
        recorder.set("depth", -7.5);
        for (const value of [0.01, 0.02, 0.021, 0.3, 5]) recorder.record("load", middle(value), { route: "/a" });
        for (const value of [0, middle(0.4)]) recorder.record("load", value, { route: "/b" });
        for (const value of [middle(1), middle(2), 4]) recorder.record("size", value);
      }
      expect(comparable(await both[0]!.send())).toEqual(comparable(await both[1]!.send()));
      for (const recorder of both) {
        recorder.count("calls", 4, { route: "/b" });
        recorder.set("depth", 12);
        recorder.record("load", middle(0.5), { route: "/b" });
      }
      const [second, expected] = [await both[0]!.send(), await both[1]!.send()];
      expect(comparable(second)).toEqual(comparable(expected));
      expect(comparable(second)["calls"]).toMatchObject({
        sum: { dataPoints: temporality === "delta" ? { length: 1 } : { length: 2 } },
      });
    });
  }

  it("names what it knows of the process as the semantic conventions do", async () => {
    const receiver = await listen();
    const recorder = await ours({ encoding: "protobuf", temporality: "cumulative" }, receiver);
    recorder.count("calls", 1);
    await recorder.send();
    const known: unknown[] = Object.entries(semantic).flatMap(([name, value]) =>
      name.startsWith("ATTR_") ? [value] : [],
    );
    const { attributes } = receiver.requests[0]!.decoded.resourceMetrics[0]!.resource;
    const names = attributes.map(({ key }) => key);
    expect(names.length).toBeGreaterThanOrEqual(9);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    const sdk = await theirs({ encoding: "protobuf", temporality: "cumulative" }, receiver);
    sdk.count("calls", 1);
    await sdk.send();
    const theirNames = receiver.requests[1]!.decoded.resourceMetrics[0]!.resource.attributes.map(({ key }) => key);
    expect(names).toEqual(expect.arrayContaining(theirNames));
  });
});

async function listen(): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.listen();
  onTestFinished(() => receiver.halt());
  return receiver;
}

async function ours({ encoding, temporality, bounds }: Variant, given?: OtlpReceiver): Promise<Recorder> {
  const receiver = given ?? (await listen());
  const backend = new OtlpBackend({
    endpoint: receiver.endpoint,
    encoding,
    temporality,
    histogram: bounds ? "explicit" : "exponential",
    explicitBounds: bounds,
  });
  const collector = new MetricsCollector({
    service: "compared",
    version: "1.0.0",
    backends: [backend],
    flushIntervalSeconds: 3600,
    handleSignals: false,
  });
  onTestFinished(() => collector.close());
  return {
    count: (name, value, tags = {}) => collector.counter(name, { tags, unit: unitOf(name) }).add(value),
    set: (name, value) => collector.gauge(name, { unit: unitOf(name) }).set(value),
    record: (name, value, tags = {}) => collector.histogram(name, { tags, unit: unitOf(name) }).record(value),
    async send() {
      await collector.flush();
      return metricsOf(receiver.requests.at(-1)!.decoded);
    },
  };
}

async function theirs({ encoding, temporality, bounds }: Variant, given?: OtlpReceiver): Promise<Recorder> {
  const receiver = given ?? (await listen());
  const Exporter = encoding === "json" ? JsonExporter : ProtobufExporter;
  const exporter = new Exporter({
    url: `${receiver.endpoint}/v1/metrics`,
    temporalityPreference: temporality === "delta" ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      [semantic.ATTR_SERVICE_NAME]: "compared",
      [semantic.ATTR_SERVICE_VERSION]: "1.0.0",
      [semantic.ATTR_TELEMETRY_SDK_NAME]: "opentelemetry",
    }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [
      {
        instrumentType: InstrumentType.HISTOGRAM,
        aggregation: bounds
          ? { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...bounds] } }
          : { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 640 } },
      },
    ],
  });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("compared");
  return {
    count: (name, value, tags) => meter.createCounter(name, { unit: unitOf(name) }).add(value, tags),
    set: (name, value) => meter.createGauge(name, { unit: unitOf(name) }).record(value),
    record: (name, value, tags) => meter.createHistogram(name, { unit: unitOf(name) }).record(value, tags),
    async send() {
      await provider.forceFlush();
      return metricsOf(receiver.requests.at(-1)!.decoded);
    },
  };
}

/**
 * By name, without what differs by design: times (the SDK counts from when an instrument was first used, we from the start
 * of the process; checked is that each interval goes forward), the order of metrics and points, and the scale of exponential histograms,
 * which the SDK begins at 20 for few values. Its buckets are joined until they are as wide as ours.
 */
function comparable(metrics: readonly ReceivedMetric[]): Record<string, unknown> {
  const byName = metrics.map((metric) => {
    const data = metric.sum ?? metric.gauge ?? metric.histogram ?? metric.exponentialHistogram;
    const kind = (["sum", "gauge", "histogram", "exponentialHistogram"] as const).find(
      (key) => metric[key] !== undefined,
    );
    const { name, unit, description } = metric;
    const dataPoints = data!.dataPoints.map(comparablePoint).sort((a, b) => (a.key < b.key ? -1 : 1));
    return [name, { name, unit, description, [kind!]: { ...data, dataPoints } }];
  });
  return Object.fromEntries(byName) as Record<string, unknown>;
}

function comparablePoint(point: ReceivedPoint): { readonly key: string } & Record<string, unknown> {
  const { startTimeUnixNano, timeUnixNano, attributes, scale, positive, negative, ...rest } = point;
  expect(BigInt(timeUnixNano)).toBeGreaterThan(BigInt(startTimeUnixNano));
  const tags = Object.fromEntries(Object.entries(attributesOf(attributes)).sort());
  const buckets =
    scale === undefined ? {} : { positive: atScale6(scale, positive!), negative: atScale6(scale, negative!) };
  return { key: JSON.stringify(tags), tags, ...rest, ...buckets };
}

/** Values by index of scale 6. */
function atScale6(
  scale: number,
  { offset, bucketCounts }: NonNullable<ReceivedPoint["positive"]>,
): Record<number, number> {
  expect(scale).toBeGreaterThanOrEqual(6);
  const found: Record<number, number> = {};
  for (const [i, count] of bucketCounts.entries()) {
    const index = (offset + i) >> (scale - 6);
    if (count !== "0") found[index] = (found[index] ?? 0) + Number(count);
  }
  return found;
}
