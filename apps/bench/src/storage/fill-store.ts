import { statSync } from "node:fs";
import { join } from "node:path";
import { SqliteBackend, type SqliteOptions } from "@giflab/backend-sqlite";
import { ManualClock, type MetricSnapshot, type SeriesDescriptor } from "@giflab/metrics-core";
import { LoopWatch, threadCpuMs } from "./loop-watch.ts";
import { NaiveStore } from "./naive-store.ts";
import type { SnapshotSource } from "./snapshot-source.ts";

/** Flushes of an hour. */
export const HOUR_FLUSHES = 360;
const WEEK_FLUSHES: number = 7 * 24 * HOUR_FLUSHES;
const MB = 2 ** 20;

/** How a store took what a source gave. */
export interface FilledStore {
  readonly layout: string;
  readonly dbPath: string;
  readonly bytes: number;
  readonly flushes: number;
  /** One series in one flush, from the first that has it: whether it changed and is in the snapshot, or is as before and is not. */
  readonly samples: number;
  /** What was in the snapshots. */
  readonly points: number;
  readonly series: number;
  /** By processor time, upkeep included. */
  readonly samplesPerSecond: number;
  readonly flushMs: readonly number[];
  readonly watch: LoopWatch | undefined;
}

/** What to fill a store with, and how much of it. */
export interface Filling {
  readonly folder: string;
  readonly source: SnapshotSource;
  readonly days: number;
}

/** Size of seven days of the same, in MB of 2^20 bytes. */
export function weekMb({ bytes, flushes }: FilledStore): number {
  return ((bytes / flushes) * WEEK_FLUSHES) / MB;
}

/** How many series like these fit into 100 MB for seven days. */
export function seriesIn100Mb(filled: FilledStore): number {
  return (100 * filled.series) / weekMb(filled);
}

/** Counts samples and points of the snapshots it is shown. */
class SampleCount {
  samples = 0;
  points = 0;
  readonly #known = new Set<SeriesDescriptor>();

  add({ points }: MetricSnapshot): void {
    for (const { series } of points) this.#known.add(series);
    this.samples += this.#known.size;
    this.points += points.length;
  }
}

/** Writes snapshots into the SQLite store, with its upkeep once an hour unless `upkeep` is false. */
export async function fillStore(
  { folder, source, days }: Filling,
  layout: string,
  options: SqliteOptions,
  upkeep = true,
): Promise<FilledStore> {
  const dbPath = join(folder, `${layout.replaceAll(/\W+/g, "-")}.db`);
  const clock = new ManualClock(source.begin);
  const store = new SqliteBackend({ dbPath, clock, maxSizeMb: 10_000, upkeep: "loop", ...options });
  const watch = new LoopWatch();
  const flushMs: number[] = [];
  const flushes = Math.round(days * 24 * HOUR_FLUSHES);
  const count = new SampleCount();
  let seconds = 0;
  for (let flush = 1; flush <= flushes; flush++) {
    const snapshot = source.next();
    clock.advance(snapshot.end - clock.now());
    const [start, cpuStart] = [performance.now(), threadCpuMs()];
    store.write(snapshot);
    flushMs.push(performance.now() - start);
    seconds += (threadCpuMs() - cpuStart) / 1000;
    count.add(snapshot);
    // The log is written back on a thread; this says when it is done.
    if (flush % 10 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    // A quarter past the hour, when the hour before is due.
    if (!upkeep || flush % HOUR_FLUSHES !== HOUR_FLUSHES / 4) continue;
    const before = watch.cpuMs.length;
    await watch.during(() => store.maintain());
    for (const ms of watch.cpuMs.slice(before)) seconds += ms / 1000;
  }
  await store.close();
  return {
    layout,
    dbPath,
    bytes: statSync(dbPath).size,
    flushes,
    samples: count.samples,
    points: count.points,
    series: source.series.length,
    samplesPerSecond: count.samples / seconds,
    flushMs,
    watch: upkeep ? watch : undefined,
  };
}

/** Writes snapshots into a row per point. */
export function fillNaive({ folder, source, days }: Filling): FilledStore {
  const dbPath = join(folder, "naive.db");
  const store = new NaiveStore(dbPath);
  const flushMs: number[] = [];
  const flushes = Math.round(days * 24 * HOUR_FLUSHES);
  const count = new SampleCount();
  let seconds = 0;
  for (let flush = 0; flush < flushes; flush++) {
    const snapshot = source.next();
    const [start, cpuStart] = [performance.now(), threadCpuMs()];
    store.write(snapshot);
    flushMs.push(performance.now() - start);
    seconds += (threadCpuMs() - cpuStart) / 1000;
    count.add(snapshot);
  }
  store.close();
  return {
    layout: "a row per point",
    dbPath,
    bytes: statSync(dbPath).size,
    flushes,
    samples: count.samples,
    points: count.points,
    series: source.series.length,
    samplesPerSecond: count.samples / seconds,
    flushMs,
    watch: undefined,
  };
}
