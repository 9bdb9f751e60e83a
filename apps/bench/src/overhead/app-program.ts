// Runs the processing app each time a line comes on stdin, which says whether monitored or plain, and answers with an `AppRun`:
// `node app-program.ts FOLDER`.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { instrumentAllSystems, type Monitoring, registerExtension } from "@giflab/monitoring";
import { makeSampleGifs } from "@giflab/processing";
import { processingExtension } from "@giflab/processing/monitoring";
import { openApp, runApp } from "../app/processing-app.ts";
import type { AppRun } from "./interleaved-runs.ts";

const [folder = ""] = process.argv.slice(2);
/** So few that runs take turns several times a second, and whatever else the machine does meets both kinds alike. */
const GIFS = 1;
/** Processor time after which a flush falls due: ten seconds of a process that is never idle. */
const FLUSH_EVERY_MS = 10_000;
const samples = (await makeSampleGifs(join(folder, "samples"))).slice(0, GIFS);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function start(): Promise<Monitoring> {
  registerExtension(processingExtension);
  const sqlite = { dbPath: join(folder, `metrics-${process.pid}.db`) };
  // Flushes are made by hand: a stretch of monitored runs is over before the next would be due.
  const monitoring = { backend: "sqlite", service: "bench", flushIntervalSeconds: 3600, sqlite };
  return await instrumentAllSystems({ config: { monitoring } });
}

/** Cold, then warm, as the same GIFs are tried again: all caches begin empty. */
async function appRun(caches: string): Promise<void> {
  const services = await openApp(caches);
  try {
    await runApp(services, samples, caches);
    await runApp(services, samples, caches);
  } finally {
    await services.close();
  }
}

let number = 0;
let sinceFlush = 0;
let previous = "";
let monitoring: Monitoring | undefined;
for await (const kind of createInterface({ input: process.stdin })) {
  const caches = join(folder, `caches-${process.pid}-${number++}`);
  mkdirSync(caches);
  if (kind === "plain") {
    await monitoring?.stop();
    monitoring = undefined;
  } else monitoring ??= await start();
  // What starting and stopping leave behind is no part of a run.
  if (kind !== previous) globalThis.gc!();
  previous = kind;
  const [began, cpuBegan] = [performance.now(), cpuMs()];
  await appRun(caches);
  if (monitoring !== undefined) {
    sinceFlush += cpuMs() - cpuBegan;
    if (sinceFlush >= FLUSH_EVERY_MS) {
      await monitoring.collector.flush();
      sinceFlush = 0;
    }
  }
  const run: AppRun = { ms: performance.now() - began, cpuMs: cpuMs() - cpuBegan };
  rmSync(caches, { recursive: true });
  console.log(JSON.stringify(run));
}
await monitoring?.stop();
