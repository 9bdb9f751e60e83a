import { type Counter, type MetricSnapshot, type MetricsBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter as PromCounter, Registry } from "prom-client";
import { atMost, type Figure } from "./figure.ts";
import { quantile } from "./interleaved-run.ts";
import { openTelemetry } from "./peers.ts";
import { printFigures, printTable } from "./table.ts";

const SERIES = 10_000;
const ROUNDS = 15;

/** Takes snapshots and forgets them, so that only making them is measured. */
class ForgetfulBackend implements MetricsBackend {
  readonly name = "forgetful";
  points = 0;
  /** What is done with a snapshot; keeping it would be counted with the series. */
  use: ((snapshot: MetricSnapshot) => void) | undefined;
  write(snapshot: MetricSnapshot): void {
    this.points += snapshot.points.length;
    this.use?.(snapshot);
  }
  writeSync(snapshot: MetricSnapshot): void {
    this.write(snapshot);
  }
  async close(): Promise<void> {}
}

interface ManySeries {
  readonly name: string;
  readonly bytes: number;
  /** Changes every series, so that none can be left out. */
  readonly change: () => void;
  readonly collect: () => unknown;
  readonly collecting: string;
  /** Reads them all and writes them as JSON, names and tags included: what a library takes that sends them to somebody. */
  readonly json: () => string | Promise<string>;
  readonly close: () => Promise<void>;
}

/** Memory of 10,000 counter series, and the time to read them all. */
export async function runManySeries(): Promise<Figure[]> {
  const makers = [
    () => ours("ours", tagsOf),
    () => ours("ours, tags not sorted by name", unsortedTagsOf),
    promClient,
    openTelemetryCounters,
  ];
  const all: ManySeries[] = [];
  for (const make of makers) {
    // The first time also fills the heap with compiled code, which is not the series'.
    await (await make()).close();
    all.push(await make());
  }
  const times = await timed(all, ({ collect }) => collect());
  const jsonTimes = await timed(all, ({ json }) => json());
  console.log(`\n${SERIES} counter series with 2 tags`);
  const medians = times.map((values) => quantile(values, 0.5));
  const lengths = await Promise.all(
    all.map(async ({ change, json }) => [change(), (await json()).length][1] as number),
  );
  printTable(
    ["", "bytes a series", "ms to read all", "", "ms as JSON", "x ours", "MB"],
    all.map(({ name, bytes, collecting }, i) => [
      name,
      bytes.toFixed(0),
      medians[i]!.toFixed(2),
      collecting,
      quantile(jsonTimes[i]!, 0.5).toFixed(1),
      i === 0 ? "" : timesAsLong(jsonTimes[i]!, jsonTimes[0]!).toFixed(1),
      (lengths[i]! / 2 ** 20).toFixed(1),
    ]),
  );
  console.log("  Prometheus text of ours and theirs side by side: pnpm bench exporters:prometheus");
  const figures = [
    atMost("memory of a counter series", all[0]!.bytes, 220, "B"),
    atMost(`snapshot of ${SERIES} series`, medians[0]!, 1, "ms"),
  ];
  printFigures(figures);
  for (const { close } of all) await close();
  return figures;
}

/** Milliseconds of `read` per round, with every series changed before; the order changes from round to round. */
async function timed(all: readonly ManySeries[], read: (series: ManySeries) => unknown): Promise<number[][]> {
  const times = all.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      const index = (turn + round) % all.length;
      all[index]!.change();
      const start = performance.now();
      await read(all[index]!);
      times[index]!.push(performance.now() - start);
    }
  }
  return times;
}

function timesAsLong(slow: readonly number[], fast: readonly number[]): number {
  return quantile(
    slow.map((ms, round) => ms / fast[round]!),
    0.5,
  );
}

async function ours(name: string, tags: (i: number) => Record<string, string>): Promise<ManySeries> {
  const backend = new ForgetfulBackend();
  const handles = roomFor<Counter>();
  const { result, bytes } = await grown(() => {
    const collector = new MetricsCollector({
      backends: [backend],
      maxSeriesPerMetric: SERIES + 1,
      flushIntervalSeconds: 3600,
      bufferSize: 10 * SERIES,
      handleSignals: false,
    });
    for (let i = 0; i < SERIES; i++) handles[i] = collector.counter("bench.many", { tags: tags(i) });
    // The first snapshot makes what the collector remembers of each series.
    for (const handle of handles) handle.add(1);
    collector.flushSync();
    return collector;
  });
  const collect = (): void => {
    backend.points = 0;
    result.flushSync();
    if (backend.points < SERIES) throw new Error(`the snapshot has ${backend.points} points`);
  };
  return {
    name,
    bytes,
    change: () => {
      for (const handle of handles) handle.add(1);
    },
    collect,
    collecting: "snapshot",
    json: () => {
      let text = "";
      backend.use = (snapshot) => {
        text = JSON.stringify(snapshot);
      };
      collect();
      backend.use = undefined;
      return text;
    },
    close: () => result.close(),
  };
}

async function promClient(): Promise<ManySeries> {
  const children = roomFor<PromCounter.Internal>();
  const { result, bytes } = await grown(() => {
    const registry = new Registry();
    const counter = new PromCounter({
      name: "many",
      help: "many",
      labelNames: ["route", "client"],
      registers: [registry],
    });
    for (let i = 0; i < SERIES; i++) children[i] = counter.labels(tagsOf(i));
    for (const child of children) child.inc(1);
    return registry;
  });
  return {
    name: "prom-client",
    bytes,
    change: () => {
      for (const child of children) child.inc(1);
    },
    collect: () => result.metrics(),
    collecting: "text for a scrape",
    json: async () => JSON.stringify(await result.getMetricsAsJSON()),
    close: async () => result.clear(),
  };
}

async function openTelemetryCounters(): Promise<ManySeries> {
  const { provider, reader } = openTelemetry();
  const { result, bytes } = await grown(() => {
    const counter = provider.getMeter("bench").createCounter("many");
    for (let i = 0; i < SERIES; i++) counter.add(1, tagsOf(i));
    return counter;
  });
  return {
    name: "OpenTelemetry",
    bytes,
    change: () => {
      for (let i = 0; i < SERIES; i++) result.add(1, tagsOf(i));
    },
    collect: () => reader.collect(),
    collecting: "collect()",
    json: async () => JSON.stringify(await reader.collect()),
    close: () => provider.shutdown(),
  };
}

/** 100 x 100 tag values. As in programs, equal values are one string; what a library keeps of them is its own affair. */
const ROUTES = Array.from({ length: 100 }, (_, i) => `/route/${i}`);
const CLIENTS = Array.from({ length: 100 }, (_, i) => `client-${i}`);

function tagsOf(i: number): Record<string, string> {
  return { client: CLIENTS[Math.floor(i / 100)]!, route: ROUTES[i % 100]! };
}

function unsortedTagsOf(i: number): Record<string, string> {
  return { route: ROUTES[i % 100]!, client: CLIENTS[Math.floor(i / 100)]! };
}

/** Room for the handles, which are the caller's own and not counted. */
function roomFor<T>(): T[] {
  return new Array<T>(SERIES).fill(undefined as T);
}

/** What `make` leaves behind, in bytes a series: heap and buffers, after collecting garbage on both sides. */
async function grown<T>(make: () => T): Promise<{ readonly result: T; readonly bytes: number }> {
  const before = await held();
  const result = make();
  return { result, bytes: ((await held()) - before) / SERIES };
}

/** Bytes in use once nothing more can be freed: some garbage goes only after the event loop has turned. */
async function held(): Promise<number> {
  let last = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (Math.abs(last - heapUsed - arrayBuffers) < 512 && turn > 2) break;
    last = heapUsed + arrayBuffers;
  }
  return last;
}
