// Prints what recording costs the processing app, part by part, as an `EventCost`: `node --expose-gc event-cost-program.ts FOLDER`.
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { instrumentChannels } from "@giflab/instrumentation";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { makeSampleGifs } from "@giflab/processing";
import { processingExtension } from "@giflab/processing/monitoring";
import { openApp, runApp } from "../app/processing-app.ts";
import type { EventCost } from "./event-cost.ts";

const [folder = ""] = process.argv.slice(2);
const CHANNELS = ["giflab:cache", "giflab:sampling", "giflab:lazy-import", "giflab:memory-pressure"] as const;
const RUNS = 5;
const REPLAYED = 400_000;
const FLUSH_SECONDS = 10;
const HOURS = 3;

type Message = Readonly<Record<string, unknown>>;
type Published = readonly [channel: string, message: Message];

const samples = await makeSampleGifs(join(folder, "samples"));

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Cold, then warm, over all built-in GIFs. Returns its processor time. */
async function appRun(): Promise<number> {
  const caches = join(folder, "caches");
  mkdirSync(caches);
  const before = cpuMs();
  const services = await openApp(caches);
  await runApp(services, samples, caches);
  await runApp(services, samples, caches);
  await services.close();
  const took = cpuMs() - before;
  rmSync(caches, { recursive: true });
  return took;
}

/** What one run publishes. */
async function capture(): Promise<readonly Published[]> {
  const published: Published[] = [];
  const listeners = CHANNELS.map((name) => (message: unknown): void => {
    published.push([name, { ...(message as Message) }]);
  });
  for (const [i, name] of CHANNELS.entries()) subscribe(name, listeners[i]!);
  await appRun();
  for (const [i, name] of CHANNELS.entries()) unsubscribe(name, listeners[i]!);
  return published;
}

function collectorOf(options: ConstructorParameters<typeof MetricsCollector>[0]): MetricsCollector {
  const collector = new MetricsCollector({ service: "bench", flushIntervalSeconds: 3600, ...options });
  collector.define(processingExtension.metrics);
  return collector;
}

/** Nanoseconds of processor time to make a message and have it recorded. */
function eventCost(published: readonly Published[]): number {
  const collector = collectorOf({});
  const instrumentation = instrumentChannels({ collector });
  const sent = published.map(([name, message]) => [channel(name), message] as const);
  const replay = (times: number): void => {
    for (let time = 0; time < times; time++) for (const [to, message] of sent) to.publish({ ...message });
  };
  replay(3);
  const times = Math.ceil(REPLAYED / sent.length);
  const before = cpuMs();
  replay(times);
  const took = cpuMs() - before;
  instrumentation.stop();
  return (took * 1e6) / (times * sent.length);
}

/** Processor time of a flush into SQLite with every series of the app changed, and what upkeep adds to each. */
async function flushCost(published: readonly Published[]): Promise<Pick<EventCost, "series" | "flushMs" | "upkeepMs">> {
  const clock = new ManualClock(1_700_000_000);
  const store = new SqliteBackend({ dbPath: join(folder, "metrics.db"), clock });
  const collector = collectorOf({ backends: [store], clock });
  const instrumentation = instrumentChannels({ collector });
  let [flushMs, upkeepMs, series] = [0, 0, 0];
  const flushes = (HOURS * 3600) / FLUSH_SECONDS;
  for (let flush = 0; flush < flushes; flush++) {
    for (const [name, message] of published) channel(name).publish(message);
    clock.advance(FLUSH_SECONDS);
    const before = cpuMs();
    await collector.flush();
    flushMs += cpuMs() - before;
    // Sealing and the write-ahead log, which else come in the pauses.
    const upkeepBefore = cpuMs();
    if (flush % 90 === 89) await store.maintain();
    else await new Promise<void>((resolve) => setImmediate(resolve));
    upkeepMs += cpuMs() - upkeepBefore;
  }
  series = (await store.stats()).series;
  instrumentation.stop();
  await collector.close();
  return { series, flushMs: flushMs / flushes, upkeepMs: upkeepMs / flushes };
}

await appRun();
const runs: number[] = [];
for (let run = 0; run < RUNS; run++) runs.push(await appRun());
const published = await capture();
const cost = { runMs: runs, events: published.length, eventNs: eventCost(published), ...(await flushCost(published)) };
console.log(JSON.stringify(cost satisfies EventCost));
