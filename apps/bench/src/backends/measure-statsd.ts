import { createSocket } from "node:dgram";
import { once } from "node:events";
import { StatsdBackend, type StatsdDialect } from "@giflab/backend-statsd";
import { type MetricSnapshot, MetricsCollector } from "@giflab/metrics-core";
import { StatsD } from "hot-shots";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printFigures, printTable } from "../table.ts";

const ROUNDS = 15;
const WARM_UP = 3;
const COUNTERS = 10_000;
const TIMERS = 1000;
/** Recorded by each timer in a flush: more than the lines that stand for them. */
const DURATIONS = 200;
const DIALECTS: readonly StatsdDialect[] = ["etsy", "graphite", "dogstatsd", "influx"];

/** Something that sends the same flush again and again. */
interface Sender {
  readonly name: string;
  readonly points: number;
  readonly send: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Processor time and turns of each round: a turn that another program on the machine interrupts says nothing. */
interface Measured {
  readonly processorMs: number[];
  readonly longestTurnMs: number[];
  bytes: number;
  lines: number;
}

/** What a flush to a StatsD server over UDP costs the program that sends it, beside hot-shots with the same counters. */
export async function measureStatsd(): Promise<Figure[]> {
  const sink = createSocket({ type: "udp4", recvBufferSize: 1 << 25 });
  sink.bind(0, "127.0.0.1");
  await once(sink, "listening");
  const { port } = sink.address();
  const [counters, timers] = [await snapshotOf(COUNTERS, 0), await snapshotOf(0, TIMERS)];
  const senders = [
    ...DIALECTS.map((dialect) => ours(`ours, ${COUNTERS} counters, ${dialect}`, port, dialect, counters)),
    hotShots(`hot-shots, ${COUNTERS} counters`, port),
    ours(`ours, ${TIMERS} timers of ${DURATIONS} durations`, port, "etsy", timers),
  ];
  const measured = senders.map((): Measured => ({ processorMs: [], longestTurnMs: [], bytes: 0, lines: 0 }));
  for (const [i, sender] of senders.entries()) Object.assign(measured[i]!, await sizeOf(sender, sink));
  // From now on nobody listens: reading what arrives would be counted with sending it.
  sink.close();
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (let place = 0; place < senders.length; place++) {
      const index = (place + round + WARM_UP) % senders.length;
      await measure(senders[index]!, round < 0 ? undefined : measured[index]!);
    }
  }
  console.log("\na flush to a StatsD server over UDP");
  printTable(
    ["", "us a point", "processor ms", "longest turn ms, calmest round", "bytes a point", "lines a point"],
    senders.map(({ name, points }, i) => {
      const { processorMs, longestTurnMs, bytes, lines } = measured[i]!;
      const processor = quantile(processorMs, 0.5);
      return [
        name,
        ((1000 * processor) / points).toFixed(2),
        processor.toFixed(1),
        Math.min(...longestTurnMs).toFixed(1),
        (bytes / points).toFixed(0),
        (lines / points).toFixed(0),
      ];
    }),
  );
  for (const { close } of senders) await close();
  const figures = senders.flatMap(({ name }, i) =>
    name.startsWith("ours")
      ? [atMost(`longest turn in the calmest round, ${name}`, Math.min(...measured[i]!.longestTurnMs), 5, "ms")]
      : [],
  );
  printFigures(figures);
  return figures;
}

async function measure({ send }: Sender, measured: Measured | undefined): Promise<void> {
  globalThis.gc?.();
  const turns = watchTurns();
  const before = process.threadCpuUsage();
  await send();
  const { user, system } = process.threadCpuUsage(before);
  const longest = turns.end();
  measured?.processorMs.push((user + system) / 1000);
  measured?.longestTurnMs.push(longest);
}

/** The longest time for which the event loop was not free. */
function watchTurns(): { readonly end: () => number } {
  let longest = 0;
  let last = performance.now();
  let watching = true;
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (watching) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    end: () => {
      watching = false;
      return Math.max(longest, performance.now() - last);
    },
  };
}

async function sizeOf(
  { send }: Sender,
  sink: ReturnType<typeof createSocket>,
): Promise<{ bytes: number; lines: number }> {
  let [bytes, lines, seen] = [0, 0, -1];
  const count = (data: Buffer): void => {
    bytes += data.length;
    lines += data.toString().trimEnd().split("\n").length;
  };
  sink.on("message", count);
  await send();
  while (seen !== bytes) {
    seen = bytes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  sink.off("message", count);
  return { bytes, lines };
}

function ours(name: string, port: number, dialect: StatsdDialect, snapshot: MetricSnapshot): Sender {
  const backend = new StatsdBackend({ port, dialect });
  let sequence = 0;
  return {
    name,
    points: snapshot.points.length,
    send: () => backend.write({ ...snapshot, sequence: ++sequence }),
    close: () => backend.close(),
  };
}

function hotShots(name: string, port: number): Sender {
  const client = new StatsD({ host: "127.0.0.1", port, maxBufferSize: 1432, errorHandler: () => {} });
  const tags = Array.from({ length: COUNTERS }, (_, i) => tagsOf(i));
  return {
    name,
    points: COUNTERS,
    send: async () => {
      for (const one of tags) client.increment("bench.calls", 3, one);
      await new Promise<void>((resolve) => client.flush(() => resolve()));
    },
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
}

function tagsOf(i: number): Record<string, string> {
  return { client: `client-${Math.floor(i / 100)}`, route: `route-${i % 100}` };
}

async function snapshotOf(counters: number, timers: number): Promise<MetricSnapshot> {
  let taken: MetricSnapshot | undefined;
  const collector = new MetricsCollector({
    backends: [{ name: "keeping", write: (snapshot) => void (taken ??= snapshot), close: async () => {} }],
    maxSeriesPerMetric: 20_000,
    bufferSize: 100_000,
    flushIntervalSeconds: 3600,
    handleSignals: false,
  });
  for (let i = 0; i < counters; i++) collector.counter("bench.calls", { tags: tagsOf(i) }).add(3);
  for (let i = 0; i < timers; i++) {
    const timer = collector.timer("bench.load", { tags: tagsOf(i) });
    for (let n = 1; n <= DURATIONS; n++) timer.record(0.001 * n * n);
  }
  await collector.flush();
  await collector.close();
  return taken!;
}
