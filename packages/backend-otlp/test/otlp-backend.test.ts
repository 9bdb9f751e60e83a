import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  TEST_START,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attributesOf, metricsOf, type ReceivedMetric } from "./official-protos.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";

describe("what an OTLP backend sends", () => {
  let receiver: OtlpReceiver;
  const opened: OtlpBackend[] = [];
  beforeEach(async () => {
    receiver = await OtlpReceiver.listen();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((backend) => backend.close()));
    await receiver.halt();
  });

  function open(options: OtlpOptions = {}): OtlpBackend {
    const backend = new OtlpBackend({ endpoint: receiver.endpoint, ...options });
    opened.push(backend);
    return backend;
  }

  /** The metrics of the latest request by name. */
  function latest(): Record<string, ReceivedMetric> {
    const metrics = metricsOf(receiver.requests.at(-1)!.decoded);
    return Object.fromEntries(metrics.map((metric) => [metric.name, metric]));
  }

  const points = () => [
    counterPoint("cache.hits", 3, { tags: { tier: "memory" }, unit: "{hit}", description: "Lookups served" }),
    counterPoint("cache.hits", 0.5, { tags: { tier: "disk" }, unit: "{hit}" }),
    gaugePoint("queue.depth", -2),
    gaugePoint("cache.memory_mb", 2.5, { unit: "MB" }),
    histogramPoint("frame.bytes", [1, 2, 1e6], { unit: "By" }),
    timerPoint("load", [0.25, 0.25, 0, 4]),
  ];

  for (const encoding of ["protobuf", "json"] as const) {
    it(`gives every kind of metric its OTLP form, with names as they are (${encoding})`, async () => {
      await open({ encoding }).write(new TestInstance().flush(points()));
      const { url, headers } = receiver.requests[0]!;
      expect(url).toBe("/v1/metrics");
      expect(headers["content-type"]).toBe(encoding === "json" ? "application/json" : "application/x-protobuf");
      const found = latest();
      expect(Object.keys(found)).toEqual(["cache.hits", "queue.depth", "cache.memory_mb", "frame.bytes", "load"]);
      const hits = found["cache.hits"]!;
      expect(hits).toMatchObject({ unit: "{hit}", description: "Lookups served" });
      expect(hits.sum).toMatchObject({
        isMonotonic: true,
        aggregationTemporality: "AGGREGATION_TEMPORALITY_CUMULATIVE",
      });
      expect(hits.sum?.dataPoints.map((point) => [attributesOf(point.attributes), point.asDouble])).toEqual([
        [{ tier: "memory" }, 3],
        [{ tier: "disk" }, 0.5],
      ]);
      expect(found["queue.depth"]?.gauge?.dataPoints[0]?.asDouble).toBe(-2);
      expect(found["cache.memory_mb"]).toMatchObject({
        unit: "By",
        gauge: { dataPoints: [{ asDouble: 2.5 * 2 ** 20 }] },
      });
      expect(found["frame.bytes"]?.exponentialHistogram?.dataPoints[0]).toMatchObject({ count: "3", sum: 1_000_003 });
      const load = found["load"]!;
      expect(load.unit).toBe("s");
      expect(load.exponentialHistogram?.dataPoints[0]).toMatchObject({
        count: "4",
        sum: 4.5,
        min: 0,
        max: 4,
        scale: 6,
        zeroCount: "1",
        negative: { bucketCounts: [] },
      });
    });
  }

  it("says the same in both encodings", async () => {
    const snapshot = new TestInstance().flush(points());
    await open({ encoding: "protobuf" }).write(snapshot);
    await open({ encoding: "json" }).write(snapshot);
    const [protobuf, json] = receiver.requests.map(({ decoded }) => decoded);
    expect(json).toEqual(protobuf);
  });

  it("describes the instance by the semantic conventions, with given attributes over them", async () => {
    const instance = new TestInstance({ service: "shop", version: "4.2.0", host: "h1", pid: 77 });
    await open({ resourceAttributes: { "deployment.environment.name": "test", "host.name": "other", n: 7 } }).write(
      instance.flush(points()),
    );
    const { resource, scopeMetrics } = receiver.requests[0]!.decoded.resourceMetrics[0]!;
    expect(attributesOf(resource.attributes)).toEqual({
      "service.name": "shop",
      "service.version": "4.2.0",
      "service.instance.id": instance.identity.writerId,
      "host.name": "other",
      "process.pid": 77,
      "process.runtime.name": "nodejs",
      "process.runtime.version": process.versions.node,
      "telemetry.sdk.name": "@giflab/backend-otlp",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.version": expect.stringMatching(/^\d+\.\d+\.\d+/),
      "deployment.environment.name": "test",
      n: 7,
    });
    expect(scopeMetrics.map(({ scope }) => scope.name)).toEqual(["@giflab/metrics-core"]);
  });

  it("sends totals since the start of the instance, also of series that did not change", async () => {
    const instance = new TestInstance({ startTime: TEST_START - 5 });
    const backend = open();
    await backend.write(instance.flush([...points(), timerPoint("load", [9], { tags: { cold: "yes" } })]));
    await backend.write(instance.flush([counterPoint("cache.hits", 2, { tags: { tier: "disk" }, unit: "{hit}" })]));
    const { "cache.hits": hits, "queue.depth": depth, load } = latest();
    expect(hits?.sum?.dataPoints.map(({ asDouble }) => asDouble)).toEqual([3, 2.5]);
    expect(depth?.gauge?.dataPoints[0]?.asDouble).toBe(-2);
    expect(load?.exponentialHistogram?.dataPoints.map(({ count }) => count)).toEqual(["4", "1"]);
    for (const point of [...hits!.sum!.dataPoints, ...load!.exponentialHistogram!.dataPoints]) {
      expect(point.startTimeUnixNano).toBe(`${TEST_START - 5}000000000`);
      expect(point.timeUnixNano).toBe(`${TEST_START + 20}000000000`);
    }
  });

  it("sends differences with the interval of their snapshot when asked for delta", async () => {
    const instance = new TestInstance();
    const backend = open({ temporality: "delta" });
    await backend.write(instance.flush(points()));
    await backend.write(instance.flush([counterPoint("cache.hits", 2, { tags: { tier: "disk" }, unit: "{hit}" })]));
    expect(Object.keys(latest())).toEqual(["cache.hits"]);
    expect(latest()["cache.hits"]?.sum).toMatchObject({
      aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA",
      dataPoints: [
        {
          asDouble: 2,
          startTimeUnixNano: `${TEST_START + 10}000000000`,
          timeUnixNano: `${TEST_START + 20}000000000`,
        },
      ],
    });
  });

  it("sends no request when there is nothing to say", async () => {
    const backend = open({ temporality: "delta" });
    await backend.write(new TestInstance().flush());
    expect(receiver.requests).toEqual([]);
  });

  it("keeps totals and sequence numbers of several instances apart", async () => {
    const [one, other] = [new TestInstance(), new TestInstance()];
    const backend = open();
    await backend.write(one.flush([counterPoint("calls", 1)]));
    await backend.write(other.flush([counterPoint("calls", 10)]));
    await backend.write(one.flush([counterPoint("calls", 1)]));
    expect(receiver.requests.map(({ decoded }) => metricsOf(decoded)[0]?.sum?.dataPoints[0]?.asDouble)).toEqual([
      1, 10, 2,
    ]);
  });

  it("sorts into explicit bounds of the unit that is sent, or into given ones", async () => {
    const snapshot = new TestInstance().flush([
      timerPoint("load", [0.0009, 0.001, 0.3, 200]),
      histogramPoint("buffer_mb", [1, 3], { unit: "MB" }),
      histogramPoint("wait", [2], { unit: "ms" }),
    ]);
    await open({ histogram: "explicit" }).write(snapshot);
    const { load, buffer_mb: buffer, wait } = latest();
    const point = load!.histogram!.dataPoints[0]!;
    expect(point).toMatchObject({ count: "4", sum: 200.3019, min: 0.0009, max: 200 });
    const filled = point.bucketCounts!.flatMap((count, i) =>
      count === "0" ? [] : [[point.explicitBounds![i] ?? "more", count]],
    );
    expect(filled).toEqual([
      [0.001, "2"],
      [0.5, "1"],
      ["more", "1"],
    ]);
    expect(buffer!.unit).toBe("By");
    expect(buffer!.histogram!.dataPoints[0]).toMatchObject({ sum: 4 * 2 ** 20, max: 3 * 2 ** 20 });
    expect(buffer!.histogram!.dataPoints[0]!.explicitBounds).toContain(2 ** 20);
    expect(wait!.unit).toBe("ms");
    expect(wait!.histogram!.dataPoints[0]!.explicitBounds).toContain(2.5);

    await open({ histogram: "explicit", explicitBounds: [2 ** 20, 2 ** 21] }).write(snapshot);
    expect(latest()["buffer_mb"]!.histogram!.dataPoints[0]).toMatchObject({
      explicitBounds: [2 ** 20, 2 ** 21],
      bucketCounts: ["1", "0", "1"],
    });
  });

  it("marks the series beyond the limit with a boolean", async () => {
    await open().write(
      new TestInstance().flush([counterPoint("calls", 1, { tags: { "otel.metric.overflow": "true" } })]),
    );
    const point = latest()["calls"]!.sum!.dataPoints[0]!;
    expect(attributesOf(point.attributes)).toEqual({ "otel.metric.overflow": true });
  });

  it("compresses, and sends the given headers", async () => {
    const snapshot = new TestInstance().flush(
      Array.from({ length: 200 }, (_, i) => counterPoint("calls", i, { tags: { route: `/r/${i}` } })),
    );
    await open({ headers: { "X-Api-Key": "k1" } }).write(snapshot);
    await open({ compression: "gzip" }).write(snapshot);
    const [plain, compressed] = receiver.requests;
    expect(plain!.headers).toMatchObject({
      "x-api-key": "k1",
      "user-agent": expect.stringMatching(/^giflab-backend-otlp\//),
    });
    expect(compressed!.headers["content-encoding"]).toBe("gzip");
    expect(compressed!.bytes).toBeLessThan(plain!.bytes / 4);
    expect(metricsOf(compressed!.decoded)).toEqual(metricsOf(plain!.decoded));
  });

  it("spreads a large flush over several requests", async () => {
    const snapshot = new TestInstance().flush(
      Array.from({ length: 25 }, (_, i) => counterPoint("calls", i, { tags: { n: `${i}` } })),
    );
    await open({ pointsPerRequest: 10 }).write(snapshot);
    const sent = receiver.requests.map(({ decoded }) => metricsOf(decoded)[0]!.sum!.dataPoints.map((p) => p.asDouble));
    expect(sent.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(sent.flat()).toEqual(Array.from({ length: 25 }, (_, i) => i));
  });

  it("counts a distribution as ten points of a request, and sends at least one", async () => {
    const timers = Array.from({ length: 3 }, (_, i) => timerPoint("load", [1], { tags: { n: `${i}` } }));
    const sizes = () =>
      receiver.requests.splice(0).map(({ decoded }) => {
        const metrics = metricsOf(decoded).map(({ sum, exponentialHistogram }) => sum ?? exponentialHistogram);
        return metrics.reduce((total, data) => total + data!.dataPoints.length, 0);
      });
    const snapshot = new TestInstance().flush([...timers, counterPoint("a", 1), counterPoint("b", 1)]);
    await open({ pointsPerRequest: 21 }).write(snapshot);
    expect(sizes()).toEqual([2, 3]);
    await open({ pointsPerRequest: 1 }).write(snapshot);
    expect(sizes()).toEqual([1, 1, 1, 1, 1]);
  });
});
