import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import { counterPoint, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { type CollectorOptions, ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { encodeResponse, metricsOf, type ReceivedRequest } from "./official-protos.ts";
import { type Answer, OtlpReceiver } from "./otlp-receiver.ts";

describe("delivery over OTLP", () => {
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

  /** Answers the next requests so, one after the other, and everything after them with 200. */
  function answers(...script: (Answer | undefined)[]): void {
    let position = 0;
    receiver.answer = () => (position < script.length ? script[position++] : { status: 200 });
  }

  const one = (instance = new TestInstance()) => instance.flush([counterPoint("calls", 1), timerPoint("load", [0.1])]);

  for (const status of [429, 502, 503, 504]) {
    it(`asks for another attempt after ${status}, which sends the same with the same times`, async () => {
      answers({ status });
      const backend = open();
      const snapshot = one();
      await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
      await backend.write(snapshot);
      const [first, second] = receiver.requests.map(({ decoded }) => decoded);
      expect(second).toEqual(first);
      expect(backend.refusedPoints).toBe(0);
    });
  }

  it("acknowledges a snapshot that it has had accepted, and sends it no second time", async () => {
    const backend = open();
    const instance = new TestInstance();
    const [first, second] = [one(instance), one(instance)];
    for (const snapshot of [first, second, first, second]) await backend.write(snapshot);
    expect(receiver.requests).toHaveLength(2);
  });

  it("shows neither password nor query of its endpoint in what it says", async () => {
    answers({ status: 400 }, { status: 503 });
    const endpoint = receiver.endpoint.replace("//", "//me:s3cret@");
    const backend = open({ endpoint: `${endpoint}/v1/metrics?key=s3cret` });
    const instance = new TestInstance();
    for (const code of ["REJECTED", "BACKEND_UNAVAILABLE", "BACKEND_UNAVAILABLE"]) {
      const error = await backend.write(one(instance)).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringContaining(`${receiver.endpoint}/v1/metrics`) });
      expect(String(error)).not.toContain("s3cret");
      if (receiver.requests.length === 2) await receiver.halt();
    }
    expect(receiver.requests[0]).toMatchObject({
      url: "/v1/metrics?key=s3cret",
      headers: { authorization: `Basic ${Buffer.from("me:s3cret").toString("base64")}` },
    });
  });

  it("sends nothing before the seconds of a Retry-After are over", async () => {
    const clock = new ManualClock();
    answers({ status: 503, headers: { "retry-after": "30" } });
    const backend = open({ clock });
    const snapshot = one();
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    clock.advance(29.5);
    await expect(backend.write(snapshot)).rejects.toThrow("asked for 1 more seconds of quiet");
    expect(receiver.requests).toHaveLength(1);
    clock.advance(0.5);
    await backend.write(snapshot);
    expect(receiver.requests).toHaveLength(2);
  });

  it("sends nothing before the date of a Retry-After, and at the latest after an hour", async () => {
    const clock = new ManualClock(Date.parse("2024-02-29T12:00:00Z") / 1000);
    answers(
      { status: 429, headers: { "retry-after": "Thu, 29 Feb 2024 12:02:00 GMT" } },
      { status: 429, headers: { "retry-after": "99999999" } },
    );
    const backend = open({ clock });
    const snapshot = one();
    for (const [seconds, requests] of [
      [0, 1],
      [119, 1],
      [1, 2],
      [3599, 2],
    ] as const) {
      clock.advance(seconds);
      await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
      expect(receiver.requests).toHaveLength(requests);
    }
    clock.advance(1);
    await backend.write(snapshot);
  });

  for (const status of [301, 400, 401, 404, 413, 500]) {
    it(`gives a snapshot up after ${status}, with what the receiver says of it`, async () => {
      answers({ status, headers: { "content-type": "text/plain" }, body: "no such\ntenant" });
      const backend = open({ headers: { authorization: "Bearer s3cret" } });
      const instance = new TestInstance();
      const refused = await backend.write(one(instance)).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(refused).toMatchObject({ code: "REJECTED" });
      expect(refused?.message).toContain(`/v1/metrics answered ${status} (no such tenant)`);
      expect(refused?.message).not.toContain("s3cret");
      expect(backend.refusedPoints).toBe(2);
      await backend.write(one(instance));
      expect(receiver.requests).toHaveLength(2);
    });
  }

  it("reads the reason of a refusal from a Status in either encoding", async () => {
    answers(
      // code 3, message "bad", one detail
      {
        status: 400,
        headers: { "content-type": "application/x-protobuf" },
        body: Buffer.from("0803120362616" + "41a00", "hex"),
      },
      { status: 400, headers: { "content-type": "application/json" }, body: '{"code":3,"message":"worse"}' },
      { status: 400, headers: { "content-type": "application/x-protobuf" }, body: Buffer.from("12ff", "hex") },
    );
    const backend = open();
    const instance = new TestInstance();
    await expect(backend.write(one(instance))).rejects.toThrow("answered 400 (bad)");
    await expect(backend.write(one(instance))).rejects.toThrow("answered 400 (worse)");
    await expect(backend.write(one(instance))).rejects.toThrow(/answered 400$/);
  });

  it("asks for another attempt when nobody listens, the connection breaks or no answer comes in time", async () => {
    const snapshot = one();
    const backend = open({ timeoutMs: 100 });
    answers(undefined);
    await expect(backend.write(snapshot)).rejects.toThrow("no answer within 100 ms");
    receiver.answer = () => {
      void receiver.halt();
      return undefined;
    };
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(backend.write(snapshot)).rejects.toThrow(/ECONNREFUSED/);
    answers();
    await receiver.resume();
    await backend.write(snapshot);
    const totals = receiver.requests.map(({ decoded }) => metricsOf(decoded)[0]?.sum?.dataPoints[0]?.asDouble);
    expect(totals).toEqual([1, 1, 1]);
  });

  it("does not take an idle connection that the receiver closed for a failure", async () => {
    const backend = open();
    const instance = new TestInstance();
    await backend.write(one(instance));
    await receiver.halt();
    await receiver.resume();
    await backend.write(one(instance));
    expect(receiver.requests).toHaveLength(2);
  });

  it("goes on after the part of a large flush that was taken, and drops only a part that was refused", async () => {
    const snapshot = new TestInstance().flush(
      Array.from({ length: 5 }, (_, i) => counterPoint("calls", 1, { tags: { n: `${i}` } })),
    );
    const backend = open({ pointsPerRequest: 2 });
    const dropped: [number, string][] = [];
    backend.attach({ deliver: async () => {}, dropped: (points, why) => void dropped.push([points, why]) });
    answers({ status: 200 }, { status: 503 }, { status: 400 });
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await backend.write(snapshot);
    const tags = receiver.requests.map(({ decoded }) =>
      metricsOf(decoded)[0]!.sum!.dataPoints.map(({ attributes }) => attributes[0]?.value.stringValue),
    );
    expect(tags).toEqual([["0", "1"], ["2", "3"], ["2", "3"], ["4"]]);
    expect(dropped).toEqual([[2, expect.stringContaining("answered 400")]]);
  });

  for (const encoding of ["protobuf", "json"] as const) {
    it(`counts what a receiver took only in part, and does not send it again (${encoding})`, async () => {
      const partial = { rejectedDataPoints: 3, errorMessage: "too old" };
      // JSON has 64-bit numbers as text.
      const json = JSON.stringify({ partialSuccess: { ...partial, rejectedDataPoints: "3" } });
      answers({ status: 200, body: encoding === "json" ? json : encodeResponse(partial) });
      const backend = open({ encoding, temporality: "delta" });
      const warnings: string[] = [];
      const collector = collect(backend, { onWarning: (message) => void warnings.push(message) });
      for (let i = 0; i < 5; i++) collector.counter("calls", { tags: { n: `${i}` } }).add(1);
      await collector.flush();
      await collector.flush();
      expect(backend.refusedPoints).toBe(3);
      expect(valuesOf(receiver, "giflab.monitoring.dropped")).toEqual([3]);
      expect(warnings).toEqual([expect.stringContaining("3 metric points were dropped")]);
      expect(warnings[0]).toContain("too old");
      expect(valuesOf(receiver, "calls")).toEqual([1, 1, 1, 1, 1]);
    });
  }

  it("passes a receiver's warning on once", async () => {
    receiver.answer = () => ({
      status: 200,
      body: encodeResponse({ rejectedDataPoints: 0, errorMessage: "slow\ndown" }),
    });
    const warnings: string[] = [];
    const backend = open({ onWarning: (message) => void warnings.push(message) });
    const instance = new TestInstance();
    await backend.write(one(instance));
    await backend.write(one(instance));
    expect(warnings).toEqual([`giflab otlp: ${receiver.endpoint}/v1/metrics warns: slow down (said once)`]);
    expect(backend.refusedPoints).toBe(0);
  });

  it("takes an accepted request as accepted when its answer cannot be read", async () => {
    answers({ status: 200, body: Buffer.from("0aff", "hex") }, { status: 200, body: Buffer.alloc(3 << 20) });
    const backend = open();
    const instance = new TestInstance();
    await backend.write(one(instance));
    await backend.write(one(instance));
    expect(backend.refusedPoints).toBe(0);
  });

  it("waits for an answer that is under way when it closes", async () => {
    let release: () => void = () => {};
    receiver.answer = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { status: 200 };
    };
    const backend = open();
    const written = backend.write(one());
    await expect.poll(() => receiver.requests.length).toBe(1);
    const closed = backend.close();
    release();
    await Promise.all([written, closed]);
  });

  it("closes within its second when the receiver does not answer", async () => {
    answers(undefined);
    const backend = open();
    const written = backend.write(one()).catch((error: unknown) => error);
    await expect.poll(() => receiver.requests.length).toBe(1);
    await backend.close();
    expect(await written).toMatchObject({ message: expect.stringContaining("the backend was closed") });
  });

  it("delivers everything by itself after the receiver was away under load, each point once by its time", async () => {
    const backend = open({ temporality: "delta" });
    const collector = collect(backend, { flushIntervalSeconds: 0.1 });
    const calls = collector.counter("calls");
    let recorded = 0;
    const load = setInterval(() => {
      calls.add(1);
      recorded++;
    }, 1);
    onTestFinished(() => clearInterval(load));
    const sum = () => valuesOf(receiver, "calls").reduce((total, value) => total + value, 0);
    await expect.poll(sum, { timeout: 10_000 }).toBeGreaterThan(50);
    for (let outage = 0; outage < (process.env["GIFLAB_TEST_LONG"] === "1" ? 20 : 1); outage++) {
      const before = sum();
      // One answer is lost on the way, then nobody listens.
      receiver.answer = () => {
        void receiver.halt();
        return undefined;
      };
      await expect.poll(() => recorded - before, { timeout: 10_000 }).toBeGreaterThan(300);
      receiver.answer = () => ({ status: 200 });
      await receiver.resume();
      await expect.poll(sum, { timeout: 60_000 }).toBeGreaterThan(before + 300);
    }
    clearInterval(load);
    await collector.flush();
    expect(sum()).toBe(recorded);
    expect(valuesOf(receiver, "giflab.monitoring.dropped")).toEqual([]);
    const duplicates = receiver.requests.length - new Set(receiver.requests.map(({ decoded }) => timeOf(decoded))).size;
    expect(duplicates).toBeGreaterThanOrEqual(1);
  });

  it("counts what the queue could not hold while the receiver was away", async () => {
    const collector = collect(open({ temporality: "delta" }), { bufferSize: 10 });
    const calls = collector.counter("calls");
    await receiver.halt();
    for (let i = 0; i < 30; i++) {
      calls.add(1);
      await collector.flush();
    }
    await receiver.resume();
    await collector.flush();
    await collector.flush();
    const lost = 30 - valuesOf(receiver, "calls").reduce((total, value) => total + value, 0);
    expect(lost).toBeGreaterThanOrEqual(15);
    const dropped = valuesOf(receiver, "giflab.monitoring.dropped").reduce((total, value) => total + value, 0);
    // A snapshot also holds what is counted of the failures: two further points at most.
    expect(dropped).toBeGreaterThanOrEqual(lost);
    expect(dropped).toBeLessThanOrEqual(3 * lost);
  });

  function collect(backend: OtlpBackend, options: CollectorOptions = {}): MetricsCollector {
    const collector = new MetricsCollector({
      service: "delivery",
      backends: [backend],
      flushIntervalSeconds: 3600,
      handleSignals: false,
      onWarning: () => {},
      ...options,
    });
    onTestFinished(() => collector.close());
    return collector;
  }
});

/** The interval of the points of a request. */
function timeOf(request: ReceivedRequest): string {
  const [metric] = metricsOf(request);
  const point = (metric?.sum ?? metric?.gauge ?? metric?.exponentialHistogram)?.dataPoints[0];
  return `${point?.startTimeUnixNano} ${point?.timeUnixNano}`;
}

/** The values of a counter that arrived, each interval and tag set once: as a receiver has them that knows points by their times. */
function valuesOf({ requests }: OtlpReceiver, name: string): number[] {
  const byPoint = new Map<string, number>();
  for (const { decoded } of requests) {
    for (const metric of metricsOf(decoded)) {
      if (metric.name !== name) continue;
      for (const { startTimeUnixNano, timeUnixNano, attributes, asDouble } of metric.sum!.dataPoints) {
        byPoint.set(JSON.stringify([startTimeUnixNano, timeUnixNano, attributes]), asDouble!);
      }
    }
  }
  return [...byPoint.values()];
}
