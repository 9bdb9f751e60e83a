import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import { eventually, freePort, Receiver } from "@giflab/backend-testkit/receivers";
import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { EtsyServer } from "./etsy-server.ts";

/** A server that comes and goes, and the names of the counters that it has read, as often as it has. */
interface Server extends AsyncDisposable {
  readonly options: StatsdOptions;
  read(): readonly string[];
  end(): Promise<void>;
  start(): Promise<void>;
}

const RESTARTS = process.env["GIFLAB_TEST_LONG"] === "1" ? 20 : 1;
/** Counters a tick; each is used once, so that a name is a line is a point. */
const A_TICK = 10;
/** `load.0:1|c` with its newline. */
const SHORTEST_LINE_BYTES = 11;

async function etsy(): Promise<Server> {
  const server = await EtsyServer.start({ flushIntervalMs: 200 });
  return {
    options: { protocol: "tcp", port: server.port },
    read: () =>
      server.flushes.flatMap(({ counters }) =>
        Object.entries(counters).flatMap(([name, times]) => (name.startsWith("load.") ? Array(times).fill(name) : [])),
      ),
    // It flushes at its end: what it has read is not lost with it.
    end: async () => {
      await server.halt();
    },
    start: () => server.receiver.start(),
    [Symbol.asyncDispose]: () => server.receiver.stop(),
  };
}

async function killed(fixture: string, argument: string, options: StatsdOptions): Promise<Server> {
  const receiver = await Receiver.start({
    command: process.execPath,
    args: [join(import.meta.dirname, "fixtures", fixture), argument],
    ready: async (output) => output().includes("ready"),
  });
  return {
    options,
    read: () => [...receiver.output.matchAll(/^(load\.\d+):1\|c$/gm)].map(([, name]) => name!),
    end: () => receiver.halt("SIGKILL"),
    start: () => receiver.start(),
    [Symbol.asyncDispose]: () => receiver.stop(),
  };
}

const tcp = async (): Promise<Server> => {
  const port = await freePort();
  return killed("tcp-receiver.ts", String(port), { protocol: "tcp", port });
};

const unix = async (): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), "giflab-statsd-"));
  const path = join(folder, "s.sock");
  const server = await killed("unix-receiver.ts", path, { protocol: "unix", path });
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
};

describe.each<[string, () => Promise<Server>]>([
  ["the original server over TCP is ended", etsy],
  ["a server over TCP is killed", tcp],
  ["a server at a Unix socket is killed", unix],
])("under load, when %s and started again", (_, open) => {
  it("delivers again by itself, nothing twice, and loses at most what is counted", async () => {
    await using server = await open();
    const backend = new StatsdBackend({ ...server.options, onWarning: () => {} });
    const memory = new MemoryBackend();
    const collector = new MetricsCollector({
      backends: [backend, memory],
      flushIntervalSeconds: 0.1,
      bufferSize: 200,
      handleSignals: false,
      onWarning: () => {},
    });
    let recorded = 0;
    const record = () => {
      for (let i = 0; i < A_TICK; i++) collector.recordCounter(`load.${recorded++}`, 1);
    };
    /** Points of other series, such as those that monitoring counts itself, are dropped with them. */
    const dropped = async () => {
      const now = Date.now() / 1000;
      const window = { match: "giflab.monitoring.dropped", from: now - 600, to: now + 600 };
      return (await memory.summaries(window)).reduce((sum, series) => sum + (series.sum ?? 0), 0);
    };
    const loadUntil = (done: () => boolean | Promise<boolean>) =>
      eventually(() => {
        record();
        return done();
      });

    await loadUntil(() => server.read().length >= 100);
    await server.end();
    await loadUntil(async () => (await dropped()) > 0);
    await server.start();
    const back = server.read().length;
    await loadUntil(() => server.read().length > back + 100);
    for (let round = 0; round < RESTARTS; round++) {
      await server.end();
      await server.start();
      const again = server.read().length;
      await loadUntil(() => server.read().length > again + 50);
    }
    await collector.flush();
    const counted = await dropped();
    await collector.close();
    await server.end();
    const read = server.read();
    expect(new Set(read).size).toBe(read.length);
    const missing = recorded - read.length;
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThanOrEqual(counted + backend.bytesInFlight / SHORTEST_LINE_BYTES);
  });
});
