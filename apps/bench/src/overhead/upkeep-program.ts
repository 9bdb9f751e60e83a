// Prints what sealing an hour of 1,000 series takes: `node upkeep-program.ts FOLDER thread|loop`.
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { threadCpuMs } from "../storage/loop-watch.ts";
import { manyMetrics, mixOf } from "./many-metrics.ts";
import type { UpkeepCost } from "./upkeep.ts";

const [folder = "", place = ""] = process.argv.slice(2);
const FLUSH_SECONDS = 10;
/** From the beginning of an hour to the moment when it may be sealed. */
const FLUSHES = (3600 + 600) / FLUSH_SECONDS;
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
await looked();
const before = process.memoryUsage.rss();
let largest = before;
const [all, loop] = [process.cpuUsage(), threadCpuMs()];
/** By looking on, which a program does not do. */
let lookingMs = 0;
const other = new MetricsCollector({ backends: [store], clock, service: "other" });
clock.advance(1);
await other.flush();
for (let [idle, cpu] = [0, 0]; idle < 4; ) {
  await pause(LOOK_MS);
  const begun = threadCpuMs();
  largest = Math.max(largest, process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  lookingMs += threadCpuMs() - begun;
  // Nothing is done any more when a fifth of a second goes by without work.
  idle = user + system - cpu < (LOOK_MS * 1000) / 10 ? idle + 1 : 0;
  cpu = user + system;
}
const loopMs = threadCpuMs() - loop - lookingMs;
const { user, system } = process.cpuUsage(all);
const blocks = await looked();
if (blocks === 0) throw new Error("nothing was sealed: the machine is too busy, try again");
const cost: UpkeepCost = { loopMs, allMs: (user + system) / 1000, memory: largest - before, blocks };
console.log(JSON.stringify(cost));
await reader.close();
await other.close();

async function looked(): Promise<number> {
  return Number((await reader.stats()).details["blocks"]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
