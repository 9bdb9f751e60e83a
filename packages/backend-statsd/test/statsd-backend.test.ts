import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  snapshotOf,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UdpServer } from "./udp-server.ts";

describe("StatsdBackend over UDP", () => {
  let server: UdpServer;
  const backends: StatsdBackend[] = [];
  const warnings: string[] = [];
  const open = (options: StatsdOptions = {}) => {
    const backend = new StatsdBackend({
      port: server.port,
      onWarning: (message) => warnings.push(message),
      ...options,
    });
    backends.push(backend);
    return backend;
  };

  beforeEach(async () => {
    server = await UdpServer.listen();
    warnings.length = 0;
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await server.close();
  });

  it("sends each kind in its own form, timers in milliseconds", async () => {
    await open({ prefix: "app" }).write(
      snapshotOf({
        points: [
          counterPoint("cache.hits", 3, { tags: { tier: "memory" } }),
          gaugePoint("queue", 5.5),
          timerPoint("load", [0.0123]),
          histogramPoint("bytes", [4096]),
        ],
      }),
    );
    expect(await server.received(4)).toEqual([
      "app.cache.hits.tier--memory:3|c",
      "app.queue:5.5|g",
      "app.load:12.3|ms",
      "app.bytes:4096|ms",
    ]);
  });

  it("sends a negative gauge as zero and the value, in one datagram", async () => {
    const filler = Array.from({ length: 100 }, (_, i) => gaugePoint(`filler.${i}`, -i));
    await open({ maxDatagramBytes: 64 }).write(snapshotOf({ points: filler }));
    await server.received(199);
    for (let i = 1; i < 100; i++) {
      const pair = `filler.${i}:0|g\nfiller.${i}:-${i}|g`;
      expect(server.datagrams.some((datagram) => datagram.includes(pair))).toBe(true);
    }
  });

  it("fills datagrams up to the limit and splits no line", async () => {
    const points = Array.from({ length: 1000 }, (_, i) =>
      counterPoint(`metric.number.${i}`, i, { tags: { city: "Köln" } }),
    );
    await open({ dialect: "dogstatsd" }).write(snapshotOf({ points }));
    const lines = await server.received(1000);
    expect(lines).toEqual(points.map(({ series, delta }) => `${series.name}:${delta}|c|#city:Köln`));
    const sizes = server.datagrams.map((datagram) => Buffer.byteLength(datagram));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1432);
    for (const [i, datagram] of server.datagrams.entries()) {
      const next = server.datagrams[i + 1]?.split("\n")[0];
      if (next !== undefined) expect(Buffer.byteLength(`${datagram}\n${next}`)).toBeGreaterThan(1432);
    }
  });

  it("sends as many values of a busy timer as asked, with the rate that restores its count", async () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000);
    await open({ timerSamples: 10 }).write(snapshotOf({ points: [timerPoint("busy", values)] }));
    const lines = await server.received(10);
    expect(lines.every((line) => line.endsWith("|ms|@0.01"))).toBe(true);
    expect(lines.reduce((count) => count + 1 / 0.01, 0)).toBeCloseTo(1000, 6);
    expect(lines.at(-1)).toBe("busy:1000|ms|@0.01");
  });

  it("sends a snapshot once, however often it is delivered", async () => {
    const backend = open();
    const instance = new TestInstance();
    const first = instance.flush([counterPoint("calls", 1)]);
    await backend.write(first);
    await backend.write(first);
    await backend.write(instance.flush([counterPoint("calls", 2)]));
    expect(await server.received(2)).toEqual(["calls:1|c", "calls:2|c"]);
  });

  it("delivers on close what was being written", async () => {
    const backend = open();
    const instance = new TestInstance();
    const points = Array.from({ length: 200 }, (_, i) => counterPoint(`closing.${i}`, 1));
    const writes = [backend.write(instance.flush(points)), backend.write(instance.flush(points))];
    await backend.close();
    await Promise.all(writes);
    expect(await server.received(400)).toHaveLength(400);
  });

  it("finds a server by host name", async () => {
    await open({ host: "localhost" }).write(snapshotOf({ points: [counterPoint("named", 1)] }));
    expect(await server.received(1)).toEqual(["named:1|c"]);
  });

  it("counts what a host that does not exist cannot get, says so once, and goes on", async () => {
    const backend = open({ host: "no-such-host.invalid" });
    const instance = new TestInstance();
    for (let i = 0; i < 3; i++) {
      await backend.write(instance.flush([counterPoint("lost", 1), gaugePoint("lost.too", -1)]));
    }
    expect(backend.droppedPoints).toBe(6);
    expect(warnings).toEqual([expect.stringContaining("cannot send to no-such-host.invalid:")]);
  });

  it("throws nothing when nobody listens", async () => {
    const gone = await UdpServer.listen();
    const backend = open({ port: gone.port });
    await gone.close();
    const instance = new TestInstance();
    for (let i = 0; i < 5; i++) await backend.write(instance.flush([counterPoint("unheard", 1)]));
    await backend.close();
    expect(warnings).toEqual([]);
  });

  it("drops and counts a line that fits no datagram, and sends the others", async () => {
    const backend = open({ maxDatagramBytes: 100 });
    await backend.write(snapshotOf({ points: [counterPoint("x".repeat(200), 1), counterPoint("short", 1)] }));
    expect(await server.received(1)).toEqual(["short:1|c"]);
    expect(backend.droppedPoints).toBe(1);
    expect(warnings).toEqual([expect.stringContaining("longer than maxDatagramBytes (100)")]);
  });

  it("tells the collector what it dropped", async () => {
    const [backend, memory] = [open({ maxDatagramBytes: 100 }), new MemoryBackend()];
    const onWarning = (message: string) => warnings.push(message);
    const collector = new MetricsCollector({ backends: [backend, memory], handleSignals: false, onWarning });
    collector.counter("x".repeat(200)).add(1);
    collector.histogram("drift").record(-1);
    await collector.flush();
    await collector.flush();
    const now = Date.now() / 1000;
    const window = { match: "giflab.monitoring.dropped", from: now - 60, to: now + 60 };
    expect(await memory.summaries(window)).toMatchObject([{ sum: 2, tags: { backend: "statsd" } }]);
    expect(backend.droppedPoints).toBe(2);
    expect(warnings).toEqual([expect.stringContaining("1 metric points were dropped (a line of xxx")]);
    await collector.close();
  });

  it("takes what a collector records, to its last flush at close", async () => {
    const collector = new MetricsCollector({ backends: [open()], handleSignals: false });
    collector.counter("jobs", { tags: { queue: "mail" } }).add(2);
    collector.timer("job").record(0.25);
    await collector.flush();
    collector.counter("jobs", { tags: { queue: "mail" } }).add(3);
    await collector.close();
    const lines = await server.received(3);
    expect(lines).toContain("jobs.queue--mail:2|c");
    expect(lines).toContain("job:250|ms");
    expect(lines).toContain("jobs.queue--mail:3|c");
  });

  it("takes the former name of the influx dialect", async () => {
    await open({ dialect: "telegraf" }).write(snapshotOf({ points: [counterPoint("hits", 1, { tags: { a: "b" } })] }));
    expect(await server.received(1)).toEqual(["hits,a=b:1|c"]);
  });

  it.each<[string, StatsdOptions]>([
    ["port", { port: 0 }],
    ["port", { port: 65_536 }],
    ["dialect", { dialect: "statsd" as "etsy" }],
    ["prefix", { prefix: "a b" }],
    ["host", { host: "" }],
    ["timerSamples", { timerSamples: 0 }],
    ["timerSamples", { timerSamples: 1001 }],
    ["maxDatagramBytes", { maxDatagramBytes: 10 }],
    ["protocol", { protocol: "sctp" as "udp" }],
    ["path", { protocol: "unix" }],
    ["path", { protocol: "unix", path: "/tmp/".padEnd(108, "x") }],
    ["sampleRates", { sampleRates: "no" as unknown as boolean }],
    ["timeoutSeconds", { timeoutSeconds: 0 }],
    ["timeoutSeconds", { timeoutSeconds: Number.NaN }],
  ])("refuses a wrong %s with INVALID_OPTION: %j", (option, options) => {
    expect(() => new StatsdBackend(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(option) }),
    );
  });
});
