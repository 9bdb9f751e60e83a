import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteBackend, type SqliteOptions } from "@giflab/backend-sqlite";
import { ManualClock } from "@giflab/metrics-core";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printFigures, printTable } from "../table.ts";
import { LoopWatch, threadCpuMs } from "./loop-watch.ts";
import { NaiveStore } from "./naive-store.ts";
import { measureQueries } from "./queries.ts";
import { BEGIN, SERIES, Workload } from "./workload.ts";

const SEED = 20_261_124;
const HOUR_FLUSHES = 360;
/** `GIFLAB_BENCH_DAYS=1` for a quick look; figures are for seven. */
const DAYS = Number(process.env["GIFLAB_BENCH_DAYS"] ?? 7);
const MB = 2 ** 20;

/** How a store took the workload. */
interface Filled {
  readonly layout: string;
  readonly dbPath: string;
  readonly bytes: number;
  readonly samples: number;
  /** By processor time, upkeep included. */
  readonly samplesPerSecond: number;
  readonly flushMs: readonly number[];
  readonly watch: LoopWatch | undefined;
}

/** Disk, ingest and queries of the SQLite store under workload W, beside a row per point. */
export async function runStorage(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  try {
    const hot = await fill(folder, "one packed row a flush", 1 / 24, { rawHours: 168 }, false);
    const raw = await fill(folder, "sealed, all raw", DAYS, {
      rawHours: 24 * 400,
      retentionDays: 400,
      maxSizeMb: 10_000,
    });
    const rolled = await fill(folder, "sealed and rolled up (default)", DAYS, { maxSizeMb: 10_000 });
    const power = await fill(folder, "the same, durability power", 1 / 12, { durability: "power" });
    const naive = fillNaive(folder, 1 / 12);
    printLayouts([naive, hot, raw, rolled, power]);
    const queries = await measureQueries(raw.dbPath, BEGIN + DAYS * 86_400, DAYS);
    const figures = [
      atMost("bytes a sample, all raw", raw.bytes / raw.samples, 7, "B"),
      atLeast("series in 100 MB for 7 days, all raw", seriesIn100Mb(raw), 238),
      atLeast("series in 100 MB for 7 days, default rollups", seriesIn100Mb(rolled), 600),
      atLeast("samples taken in a second, upkeep included", rolled.samplesPerSecond, 400_000),
      atMost("99 % of flushes", quantile(rolled.flushMs, 0.99), 5, "ms"),
      atMost("99 % of slices of upkeep, CPU", quantile(rolled.watch!.cpuMs, 0.99), 10, "ms"),
      ...queries,
    ];
    printFigures(figures);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(
  folder: string,
  layout: string,
  days: number,
  options: SqliteOptions,
  upkeep = true,
): Promise<Filled> {
  const dbPath = join(folder, `${layout.replaceAll(/\W+/g, "-")}.db`);
  const clock = new ManualClock(BEGIN);
  const store = new SqliteBackend({ dbPath, clock, ...options });
  const workload = new Workload(SEED);
  const watch = new LoopWatch();
  const flushMs: number[] = [];
  const flushes = Math.round(days * 24 * HOUR_FLUSHES);
  let [samples, seconds] = [0, 0];
  for (let flush = 1; flush <= flushes; flush++) {
    const snapshot = workload.next();
    clock.advance(snapshot.end - clock.now());
    const [start, cpuStart] = [performance.now(), threadCpuMs()];
    store.write(snapshot);
    flushMs.push(performance.now() - start);
    seconds += (threadCpuMs() - cpuStart) / 1000;
    samples += snapshot.points.length;
    // The log is written back on a thread; this says when it is done.
    if (flush % 10 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    // A quarter past the hour, when the hour before is due.
    if (!upkeep || flush % HOUR_FLUSHES !== HOUR_FLUSHES / 4) continue;
    const before = watch.cpuMs.length;
    await watch.during(() => store.maintain());
    for (const ms of watch.cpuMs.slice(before)) seconds += ms / 1000;
  }
  await store.close();
  const bytes = statSync(dbPath).size;
  return {
    layout,
    dbPath,
    bytes,
    samples,
    samplesPerSecond: samples / seconds,
    flushMs,
    watch: upkeep ? watch : undefined,
  };
}

function fillNaive(folder: string, days: number): Filled {
  const dbPath = join(folder, "naive.db");
  const store = new NaiveStore(dbPath);
  const workload = new Workload(SEED);
  const flushMs: number[] = [];
  let [samples, seconds] = [0, 0];
  for (let flush = 0; flush < days * 24 * HOUR_FLUSHES; flush++) {
    const snapshot = workload.next();
    const [start, cpuStart] = [performance.now(), threadCpuMs()];
    store.write(snapshot);
    flushMs.push(performance.now() - start);
    seconds += (threadCpuMs() - cpuStart) / 1000;
    samples += snapshot.points.length;
  }
  store.close();
  const bytes = statSync(dbPath).size;
  return {
    layout: "a row per point",
    dbPath,
    bytes,
    samples,
    samplesPerSecond: samples / seconds,
    flushMs,
    watch: undefined,
  };
}

function printLayouts(all: readonly Filled[]): void {
  console.log(`\nWorkload W: ${SERIES} series, a flush every 10 s, ${DAYS} days for the sealed ones (seed ${SEED})`);
  printTable(
    [
      "",
      "B a sample",
      "MB for 7 d",
      "series in 100 MB",
      "samples/CPU s",
      "flush p50 ms",
      "p99",
      "slice p99 ms",
      "its CPU",
      "longest CPU",
    ],
    all.map((filled) => [
      filled.layout,
      (filled.bytes / filled.samples).toFixed(2),
      ((100 * SERIES) / seriesIn100Mb(filled)).toFixed(1),
      seriesIn100Mb(filled).toFixed(0),
      `${(filled.samplesPerSecond / 1000).toFixed(0)} k`,
      quantile(filled.flushMs, 0.5).toFixed(3),
      quantile(filled.flushMs, 0.99).toFixed(3),
      ...sliceCells(filled.watch),
    ]),
  );
}

function sliceCells(watch: LoopWatch | undefined): string[] {
  if (watch === undefined) return [];
  return [quantile(watch.turnsMs, 0.99), quantile(watch.cpuMs, 0.99), quantile(watch.cpuMs, 1)].map((ms) =>
    ms.toFixed(1),
  );
}

function seriesIn100Mb({ bytes, samples }: Filled): number {
  const sevenDays = (bytes / samples) * 7 * 24 * HOUR_FLUSHES;
  return (100 * MB) / sevenDays;
}

function atLeast(what: string, got: number, limit: number): Figure {
  return { text: `${what} >= ${limit}`, got: got.toFixed(0), reached: got >= limit };
}
