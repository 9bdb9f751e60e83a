// Prints how much memory a process takes: `node --expose-gc memory-program.ts FOLDER monitored|plain`. The monitored one records
// 1,000 series into SQLite for three hours by a clock of its own, sealing included; the other one does the rest of its work.
import { join } from "node:path";
import type { ProcessMemory } from "./memory.ts";

const [folder = "", mode = ""] = process.argv.slice(2);
const SERIES = 1000;
const FLUSH_SECONDS = 10;
/** Half an hour: nothing is sealed yet. */
const EARLY_FLUSHES = 1800 / FLUSH_SECONDS;
const FLUSHES = (3 * 3600) / FLUSH_SECONDS;
/** A process that has run for this long has a thread do its upkeep, */
const GROWN_UP_MS = 2100;
/** which is looked for with every 30th flush, so at the end of each hour here too, */
const HOUR_FLUSHES = 3600 / FLUSH_SECONDS;
/** and is given this long: by a real clock it has an hour. */
const UPKEEP_MS = 1500;
/** V8 keeps the empty pages of a thread that has ended for eight seconds. */
const SETTLING_MS = 10_000;
/** Garbage that the program makes by itself between two flushes, so that its young generation has grown as any program's. */
const WORK = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: i, name: `row ${i}`, values: [i, i / 3] })));

function work(): unknown {
  return JSON.parse(WORK);
}

let early = 0;

/** After each flush. */
async function rest(flush: number): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if ((flush + 1) % HOUR_FLUSHES === 0) await pause(UPKEEP_MS);
  if (flush !== EARLY_FLUSHES) return;
  await pause(SETTLING_MS);
  globalThis.gc!();
  early = process.memoryUsage().rss;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function memory(): Promise<ProcessMemory> {
  await pause(SETTLING_MS);
  globalThis.gc!();
  const { rss, heapUsed } = process.memoryUsage();
  return { early, rss, heapUsed, peak: process.resourceUsage().maxRSS * 1024 };
}

if (mode === "plain") {
  for (let flush = 0; flush < FLUSHES; flush++) {
    work();
    await rest(flush);
  }
  console.log(JSON.stringify(await memory()));
} else {
  const { ManualClock, MetricsCollector, setMetricsCollector } = await import("@giflab/metrics-core");
  const { instrumentAllSystems } = await import("@giflab/monitoring");
  const { manyMetrics, mixOf } = await import("./many-metrics.ts");
  const clock = new ManualClock(1_700_000_000);
  setMetricsCollector(new MetricsCollector({ clock }));
  const sqlite = { dbPath: join(folder, `memory-${process.pid}.db`) };
  const monitoring = await instrumentAllSystems({
    config: { monitoring: { backend: "sqlite", service: "bench", flushIntervalSeconds: 3600, sqlite } },
  });
  await pause(Math.max(0, GROWN_UP_MS - performance.now()));
  const change = manyMetrics(monitoring.collector, mixOf(SERIES));
  for (let flush = 0; flush < FLUSHES; flush++) {
    work();
    change();
    clock.advance(FLUSH_SECONDS);
    await monitoring.collector.flush();
    await rest(flush);
  }
  console.log(JSON.stringify(await memory()));
  await monitoring.stop();
}
