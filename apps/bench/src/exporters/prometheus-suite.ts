import { PrometheusBackend } from "@giflab/backend-prometheus";
import { type MetricsBackend, MetricsCollector } from "@giflab/metrics-core";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { LoopWatch } from "../storage/loop-watch.ts";
import { printFigures, printTable } from "../table.ts";

const ROUNDS = 41;
/** prom-client's default ones, so that both write as many lines. */
const BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How many series of each kind; all have two labels. */
interface Mix {
  readonly name: string;
  readonly counters: number;
  readonly gauges: number;
  readonly histograms: number;
}

const MIXES: readonly Mix[] = [
  { name: "10,000 counter series", counters: 10_000, gauges: 0, histograms: 0 },
  {
    name: "6,000 counters, 3,000 gauges, 1,000 histograms of 11 buckets",
    counters: 6000,
    gauges: 3000,
    histograms: 1000,
  },
];

/** One library with its series. */
interface Scraped {
  readonly name: string;
  /** Changes every series, so that nothing can be left out. */
  readonly change: (round: number) => void | Promise<void>;
  /** Makes the whole text. */
  readonly scrape: () => Promise<string>;
  readonly close: () => Promise<void>;
}

interface Measured {
  readonly wall: number[];
  readonly longestTurn: number[];
  processor: number;
  megabytes: number;
}

/** Prometheus text of 10,000 series beside prom-client's, and how long it keeps the event loop at a time. */
export async function runPrometheus(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const mix of MIXES) {
    const all = [ours(mix, "text"), ours(mix, "scrape"), promClient(mix)];
    const measured = await measure(all);
    const [text, whole, theirs] = measured as [Measured, Measured, Measured];
    console.log(`\na scrape of ${mix.name}`);
    printTable(
      ["", "ms", "quartiles", "processor ms", "longest turn ms", "MB", "x ours"],
      all.map(({ name }, i) => {
        const { wall, processor, longestTurn, megabytes } = measured[i]!;
        return [
          name,
          quantile(wall, 0.5).toFixed(2),
          [0.25, 0.75].map((q) => quantile(wall, q).toFixed(2)).join(" .. "),
          (processor / ROUNDS).toFixed(2),
          quantile(longestTurn, 0.25).toFixed(2),
          megabytes.toFixed(2),
          i === 0 ? "" : timesAsLong(measured[i]!, text).toFixed(1),
        ];
      }),
    );
    if (mix.gauges === 0) {
      const times = timesAsLong(theirs, text);
      figures.push(atMost(`text of ${mix.name}, processor time`, text.processor / ROUNDS, 4, "ms"));
      figures.push({ text: "text: >= 10x prom-client", got: `${times.toFixed(1)}x`, reached: times >= 10 });
    }
    figures.push(atMost(`longest turn of a scrape of ${mix.name}`, quantile(whole.longestTurn, 0.25), 2, "ms"));
    for (const { close } of all) await close();
  }
  printFigures(figures);
  return figures;
}

/** By processor time: what a busy machine does meanwhile is in wall time. */
function timesAsLong(slow: Measured, fast: Measured): number {
  return slow.processor / fast.processor;
}

async function measure(all: readonly Scraped[]): Promise<Measured[]> {
  const measured = all.map((): Measured => ({ wall: [], longestTurn: [], processor: 0, megabytes: 0 }));
  const warmUp = 20;
  for (let round = -warmUp; round < ROUNDS; round++) {
    for (let place = 0; place < all.length; place++) {
      const index = (place + round + warmUp) % all.length;
      const { change, scrape } = all[index]!;
      await change(round);
      const watch = new LoopWatch();
      const before = process.threadCpuUsage();
      const start = performance.now();
      const text = await watch.during(scrape);
      const end = performance.now();
      const { user, system } = process.threadCpuUsage(before);
      // The turn in which it ended is over only now.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (round < 0) continue;
      const one = measured[index]!;
      one.wall.push(end - start);
      one.longestTurn.push(Math.max(0, ...watch.turnsMs));
      one.processor += (user + system) / 1000;
      one.megabytes = Buffer.byteLength(text) / 1e6;
    }
  }
  return measured;
}

function tagsOf(i: number): Record<string, string> {
  return { client: `client-${Math.floor(i / 100)}`, route: `/route/${i % 100}` };
}

/** The text alone, as what is recorded has been added up before; or all of a scrape, which asks the collector for the present. */
function ours(mix: Mix, part: "text" | "scrape"): Scraped {
  const backend = new PrometheusBackend({ buckets: BUCKETS, cluster: false });
  const addUp: MetricsBackend = {
    name: "add-up",
    write: (snapshot) => backend.write(snapshot),
    close: () => backend.close(),
  };
  const collector = new MetricsCollector({
    backends: [part === "text" ? addUp : backend],
    service: "bench",
    maxSeriesPerMetric: 20_000,
    bufferSize: 100_000,
    flushIntervalSeconds: 3600,
    handleSignals: false,
  });
  const each = <T>(count: number, make: (tags: Record<string, string>) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(tagsOf(i)));
  const counters = each(mix.counters, (tags) => collector.counter("bench.calls", { tags }));
  const gauges = each(mix.gauges, (tags) => collector.gauge("bench.depth", { tags }));
  const timers = each(mix.histograms, (tags) => collector.timer("bench.load", { tags }));
  return {
    name: part === "text" ? "ours, text" : "ours, snapshot and text",
    change: async (round) => {
      counters.forEach((counter, i) => void counter.add(1 + (i % 7)));
      gauges.forEach((gauge, i) => void gauge.set(i + round));
      timers.forEach((timer, i) => void timer.record((i % 100) / 50));
      if (part === "text") await collector.flush();
    },
    scrape: async () => {
      const slices: string[] = [];
      for await (const slice of backend.scrape()) slices.push(slice);
      return slices.join("");
    },
    close: () => collector.close(),
  };
}

function promClient(mix: Mix): Scraped {
  const registry = new Registry();
  const described = { labelNames: ["client", "route"], registers: [registry] };
  const calls = new Counter({ name: "bench_calls_total", help: "calls", ...described });
  const depth = new Gauge({ name: "bench_depth", help: "depth", ...described });
  const load = new Histogram({ name: "bench_load_seconds", help: "load", buckets: [...BUCKETS], ...described });
  const each = <T>(count: number, make: (tags: Record<string, string>) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(tagsOf(i)));
  const counters = each(mix.counters, (tags) => calls.labels(tags));
  const gauges = each(mix.gauges, (tags) => depth.labels(tags));
  const histograms = each(mix.histograms, (tags) => load.labels(tags));
  return {
    name: "prom-client",
    change: (round) => {
      counters.forEach((counter, i) => void counter.inc(1 + (i % 7)));
      gauges.forEach((gauge, i) => void gauge.set(i + round));
      histograms.forEach((histogram, i) => void histogram.observe((i % 100) / 50));
    },
    // Its promises are settled without a turn of the event loop.
    scrape: () => registry.metrics(),
    close: async () => registry.clear(),
  };
}
