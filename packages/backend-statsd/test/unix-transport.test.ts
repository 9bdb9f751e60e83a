import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import { counterPoint, snapshotOf, TestInstance } from "@giflab/backend-testkit";
import { eventually, Receiver } from "@giflab/backend-testkit/receivers";
import { DgramSocket } from "node-unix-socket";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("StatsdBackend over a Unix socket", () => {
  let folder: string;
  let path: string;
  const received: string[] = [];
  const sockets: DgramSocket[] = [];
  const backends: StatsdBackend[] = [];

  /** A server inside this process: it reads whenever the event loop gets its turn. */
  const listen = () => {
    rmSync(path, { force: true });
    const socket = new DgramSocket();
    socket.on("data", (datagram: Buffer) => received.push(...datagram.toString().split("\n")));
    socket.bind(path);
    sockets.push(socket);
    return socket;
  };
  const open = (options: StatsdOptions = {}) => {
    const backend = new StatsdBackend({ protocol: "unix", path, onWarning: () => {}, ...options });
    backends.push(backend);
    return backend;
  };
  const counters = (count: number) => Array.from({ length: count }, (_, i) => counterPoint(`metric.number.${i}`, i));
  const lines = (count: number) => counters(count).map(({ series, delta }) => `${series.name}:${delta}|c`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "giflab-statsd-"));
    path = join(folder, "s.sock");
    received.length = 0;
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
    for (const socket of sockets.splice(0)) socket.close();
    rmSync(folder, { recursive: true });
  });

  it("delivers far more than the server's queue holds, in order", async () => {
    listen();
    await open().write(snapshotOf({ points: counters(5000) }));
    await eventually(() => received.length === 5000);
    expect(received).toEqual(lines(5000));
  });

  it("refuses a snapshot while there is no server, and sends it once when there is one", async () => {
    const backend = open();
    const snapshot = snapshotOf({ points: counters(3) });
    const refused = { code: "BACKEND_UNAVAILABLE", message: expect.stringContaining(`cannot send to ${path}`) };
    await expect(backend.write(snapshot)).rejects.toMatchObject(refused);
    listen().close();
    sockets.length = 0;
    expect(existsSync(path)).toBe(true); // The file stays behind when a server ends.
    await expect(backend.write(snapshot)).rejects.toMatchObject(refused);
    listen();
    await backend.write(snapshot);
    await backend.write(snapshot);
    await eventually(() => received.length > 0);
    expect(received).toEqual(lines(3));
    expect(backend.droppedPoints).toBe(0);
  });

  it("counts the last datagrams as in flight, those that fit into the queue", async () => {
    listen();
    const backend = open({ maxDatagramBytes: 64 });
    const instance = new TestInstance();
    await backend.write(instance.flush(counters(2)));
    expect(backend.bytesInFlight).toBe(lines(2).join("\n").length);
    await backend.write(instance.flush(counters(4000)));
    expect(backend.bytesInFlight).toBeLessThan(4000 * 64);
  });

  it("asks a server that does not read to be tried again soon, and goes on where it stopped", async () => {
    const receiver = await Receiver.start({
      command: process.execPath,
      args: [join(import.meta.dirname, "fixtures/unix-receiver.ts"), path],
      ready: async (output) => output().includes("ready"),
    });
    await using _ = receiver;
    receiver.signal("SIGSTOP");
    const backend = open({ timeoutSeconds: 0.1 });
    const snapshot = snapshotOf({ points: counters(3000) });
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_BUSY" });
    expect(backend.bytesInFlight).toBeGreaterThan(0);
    receiver.signal("SIGCONT");
    await eventually(() =>
      backend.write(snapshot).then(
        () => true,
        () => false,
      ),
    );
    await eventually(() => receiver.output.endsWith(`${lines(3000).at(-1)}\n`));
    expect(receiver.output.split("\n").slice(1, -1)).toEqual(lines(3000));
  });

  it("loses no more than was in flight when a server is killed and another takes its place", async () => {
    const start = () =>
      Receiver.start({
        command: process.execPath,
        args: [join(import.meta.dirname, "fixtures/unix-receiver.ts"), path],
        ready: async (output) => output().includes("ready"),
      });
    const first = await start();
    await using _ = first;
    first.signal("SIGSTOP");
    const backend = open({ timeoutSeconds: 0.1 });
    const snapshot = snapshotOf({ points: counters(2000) });
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_BUSY" });
    const queued = backend.bytesInFlight;
    await first.halt("SIGKILL");
    const second = await start();
    await using __ = second;
    await eventually(() =>
      backend.write(snapshot).then(
        () => true,
        () => false,
      ),
    );
    await eventually(() => second.output.endsWith(`${lines(2000).at(-1)}\n`));
    const arrived = second.output.split("\n").slice(1, -1);
    const missing = lines(2000).slice(0, 2000 - arrived.length);
    expect(arrived).toEqual(lines(2000).slice(missing.length));
    expect(missing.length).toBeGreaterThan(0);
    expect(missing.join("").length).toBeLessThanOrEqual(queued);
    expect(backend.bytesInFlight).toBeGreaterThanOrEqual(queued);
  });

  it("closes every socket that it opens", async () => {
    listen();
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const backend = open();
    const instance = new TestInstance();
    await backend.write(instance.flush(counters(1)));
    const before = descriptors();
    for (let i = 0; i < 200; i++) await backend.write(instance.flush(counters(1)));
    expect(descriptors()).toBe(before);
  });

  it("says what to install when the package that it needs is not there", async () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === "node-unix-socket") throw Object.assign(new Error("not found"), { code: "MODULE_NOT_FOUND" });
          return next(specifier, context);
        },
      });
      const { StatsdBackend } = await import("@giflab/backend-statsd");
      new StatsdBackend({ protocol: "udp" });
      try {
        new StatsdBackend({ protocol: "unix", path: "/run/s.sock" });
      } catch ({ code, message }) {
        console.log(code, message);
      }`;
    const args = ["--conditions=@giflab/source", "--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 });
    expect(stdout).toMatch(/^BACKEND_MISSING protocol "unix" needs node-unix-socket, .*: npm install node-unix-socket/);
  });

  it("keeps no process alive that does not close it", async () => {
    listen();
    const program = `
      import { StatsdBackend } from "@giflab/backend-statsd";
      import { MetricsCollector } from "@giflab/metrics-core";
      const collector = new MetricsCollector({ backends: [new StatsdBackend(${JSON.stringify({ protocol: "unix", path })})] });
      collector.counter("calls").add(1);
      await collector.flush();
      collector.counter("calls").add(2);`;
    const args = ["--conditions=@giflab/source", "--input-type=module", "--eval", program];
    await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 });
    await eventually(() => received.includes("calls:2|c"));
    expect(received.filter((line) => line.startsWith("calls"))).toEqual(["calls:1|c", "calls:2|c"]);
  });
});
