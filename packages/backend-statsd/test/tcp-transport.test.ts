import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import { counterPoint, gaugePoint, snapshotOf, TestInstance } from "@giflab/backend-testkit";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TcpServer } from "./tcp-server.ts";

describe("StatsdBackend over TCP", () => {
  let server: TcpServer;
  const backends: StatsdBackend[] = [];
  const warnings: string[] = [];
  const open = (options: StatsdOptions = {}) => {
    const onWarning = (message: string) => warnings.push(message);
    const backend = new StatsdBackend({ protocol: "tcp", port: server.port, onWarning, ...options });
    backends.push(backend);
    return backend;
  };
  const counters = (count: number) => Array.from({ length: count }, (_, i) => counterPoint(`metric.number.${i}`, i));
  const lines = (count: number) => counters(count).map(({ series, delta }) => `${series.name}:${delta}|c`);

  beforeEach(async () => {
    server = await TcpServer.listen();
    warnings.length = 0;
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    await server.close();
  });

  it("sends whole lines, and resolves when the server has read all of them", async () => {
    const backend = open({ dialect: "influx" });
    const tags = { city: "Köln", sign: "🙂" };
    await backend.write(snapshotOf({ points: [counterPoint("hits", 1, { tags }), ...counters(5000)] }));
    expect(server.lines).toEqual(["hits,city=Köln,sign=🙂:1|c", ...lines(5000)]);
    expect(backend.bytesInFlight).toBe(0);
  });

  it("opens no connection for a snapshot without points", async () => {
    await open().write(snapshotOf());
    expect(server.connections).toBe(0);
  });

  it("keeps the two lines of a negative gauge together", async () => {
    await open().write(snapshotOf({ points: Array.from({ length: 2000 }, (_, i) => gaugePoint(`g.${i}`, -1)) }));
    expect(server.lines).toEqual(Array.from({ length: 2000 }, (_, i) => [`g.${i}:0|g`, `g.${i}:-1|g`]).flat());
  });

  it("refuses a snapshot while nobody listens, and sends it once when somebody does", async () => {
    const { port } = server;
    await server.close();
    const backend = open({ port });
    const snapshot = snapshotOf({ points: counters(3) });
    const refused = {
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining(`cannot send to 127.0.0.1:${port}`),
    };
    await expect(backend.write(snapshot)).rejects.toMatchObject(refused);
    await expect(backend.write(snapshot)).rejects.toMatchObject(refused);
    server = await TcpServer.listen(port);
    await backend.write(snapshot);
    await backend.write(snapshot);
    expect(server.lines).toEqual(lines(3));
    expect([backend.bytesInFlight, backend.droppedPoints]).toEqual([0, 0]);
  });

  it("refuses a snapshot for a host that does not exist", async () => {
    const writing = open({ host: "no-such-host.invalid" }).write(snapshotOf({ points: counters(1) }));
    await expect(writing).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });

  it("goes on where a broken connection stopped, sends nothing twice, and says what may be lost", async () => {
    const backend = open();
    const snapshot = snapshotOf({ points: counters(20_000) });
    server.onConnection = (socket) => {
      if (server.connections === 1) server.read(socket);
      else socket.once("data", () => socket.resetAndDestroy());
    };
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    const [lost, before] = [backend.bytesInFlight, server.lines.length];
    expect([lost > 0, before > 0]).toEqual([true, true]);
    server.onConnection = undefined;
    await backend.write(snapshot);
    const all = lines(20_000);
    const missing = all.splice(before, all.length - server.lines.length);
    expect(server.lines).toEqual(all);
    expect(`${missing.join("\n")}\n`.length).toBe(lost);
    expect(backend.bytesInFlight).toBe(lost);
    expect(warnings).toEqual([expect.stringContaining(`went away with up to ${lost} bytes`)]);
  });

  it("counts what a server did not say it has read as in flight, and does not send it again", async () => {
    const backend = open({ timeoutSeconds: 0.1 });
    server.onConnection = () => {}; // Accepts, and never reads.
    const snapshot = snapshotOf({ points: counters(3) });
    await backend.write(snapshot);
    expect(backend.bytesInFlight).toBe(`${lines(3).join("\n")}\n`.length);
    server.onConnection = undefined;
    await backend.write(snapshot);
    expect(server.lines).toEqual([]);
  });

  it("takes an end that comes before the server has read for no promise", async () => {
    const backend = open();
    server.onConnection = (socket) => socket.destroy();
    const bytes = `${lines(2000).join("\n")}\n`.length;
    await expect(backend.write(snapshotOf({ points: counters(20_000) }))).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
    });
    expect(backend.bytesInFlight).toBeGreaterThan(0);
    expect(backend.bytesInFlight).toBeLessThan(bytes);
  });

  it("drops and counts a line that is longer than it sends at once", async () => {
    const backend = open();
    await backend.write(snapshotOf({ points: [gaugePoint("x".repeat(20_000), 1), ...counters(1)] }));
    expect([server.lines, backend.droppedPoints]).toEqual([lines(1), 1]);
  });

  it("has no more under way than one connection carries, however large the snapshot", async () => {
    const backend = open({ timeoutSeconds: 0.1 });
    server.onConnection = (socket) => socket.pause();
    const instance = new TestInstance();
    await backend.write(instance.flush(counters(10)));
    expect(backend.bytesInFlight).toBe(`${lines(10).join("\n")}\n`.length);
    await expect(backend.write(instance.flush(counters(50_000)))).rejects.toBeDefined();
    expect(backend.bytesInFlight).toBeGreaterThan(100_000);
    expect(backend.bytesInFlight).toBeLessThanOrEqual(262_144 + 200);
  });

  it("delivers on close what a collector has queued", async () => {
    const { port } = server;
    await server.close();
    const memory = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [open({ port }), memory], onWarning: () => {} });
    const calls = collector.counter("calls");
    calls.add(2);
    await collector.flush();
    calls.add(3);
    server = await TcpServer.listen(port);
    await collector.close();
    expect(server.lines.filter((line) => line.startsWith("calls:"))).toEqual(["calls:2|c", "calls:3|c"]);
  });
});
