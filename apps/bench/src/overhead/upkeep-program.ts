// Prints what sealing an hour of 1,000 series takes: `node upkeep-program.ts FOLDER thread|loop`.
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { threadCpuMs } from "../storage/loop-watch.ts";
import { manyMetrics, mixOf } from "./many-metrics.ts";
import type { UpkeepCost } from "./upkeep.ts";

const [folder = "", place = ""] = process.argv.slice(2);
const FLUSH_SECONDS = 10;
/** From the beginning of an hour to a moment at which it may not be sealed yet. */
const FLUSHES = (3600 + 300) / FLUSH_SECONDS;
/** Upkeep is looked for with every 30th snapshot. */
const LOOKED_FOR_EVERY = 30;
const HOUR = 1_699_999_200;
/** A process that has run for this long has a thread do its upkeep. */
const GROWN_UP_MS = 2100;
const LOOK_MS = 50;

const clock = new ManualClock(HOUR);
const dbPath = join(folder, `upkeep-${process.pid}.db`);
const filling = new SqliteBackend({ dbPath, clock, upkeep: "loop" });
/** Takes snapshots without anything else being done. */
const quiet = { name: "quiet", write: filling.writeSync.bind(filling), close: () => filling.close() };
const collector = new MetricsCollector({ backends: [quiet], clock, service: "bench", bufferSize: 100_000 });
const change = manyMetrics(collector, mixOf(1000));
for (let flush = 0; flush < FLUSHES; flush++) {
  change();
  clock.advance(FLUSH_SECONDS);
  await collector.flush();
}
await collector.close();
await pause(Math.max(0, GROWN_UP_MS - performance.now()));

const store = new SqliteBackend({ dbPath, clock, upkeep: place === "thread" ? "thread" : "loop" });
const reader = new SqliteBackend({ dbPath, readonly: true });
const other = new MetricsCollector({ backends: [store], clock, service: "other" });
for (let flush = 1; flush < LOOKED_FOR_EVERY; flush++) {
  clock.advance(FLUSH_SECONDS);
  await other.flush();
}
await looked();
const before = process.memoryUsage.rss();
let largest = before;
const [all, loop] = [process.cpuUsage(), threadCpuMs()];
clock.advance(FLUSH_SECONDS);
await other.flush();
let looks = 0;
for (let [idle, cpu] = [0, 0]; idle < 4; looks++) {
  const sealed = await look();
  const { user, system } = process.cpuUsage();
  // Nothing is done any more when a fifth of a second goes by without work.
  idle = sealed && user + system - cpu < (LOOK_MS * 1000) / 5 ? idle + 1 : 0;
  cpu = user + system;
}
const withLooks = threadCpuMs() - loop;
const { user, system } = process.cpuUsage(all);
// A program does not look on: as many looks at nothing are taken off.
const still = threadCpuMs();
for (let again = 0; again < looks; again++) await look();
const loopMs = Math.max(0, withLooks - (threadCpuMs() - still));
const blocks = await looked();
const cost: UpkeepCost = { loopMs, allMs: (user + system) / 1000, memory: largest - before, blocks };
console.log(JSON.stringify(cost));
await reader.close();
await other.close();

async function look(): Promise<boolean> {
  await pause(LOOK_MS);
  largest = Math.max(largest, process.memoryUsage.rss());
  return (await looked()) > 0;
}

async function looked(): Promise<number> {
  return Number((await reader.stats()).details["blocks"]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
