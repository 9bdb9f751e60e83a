import { atLeast, atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { printTable } from "../table.ts";
import { type FilledStore, fillNaive, fillStore, seriesIn100Mb, weekMb } from "./fill-store.ts";
import { measureQueries } from "./queries.ts";
import type { StorageData } from "./storage-data.ts";

/** `GIFLAB_BENCH_DAYS=1` for a quick look; figures are for seven. */
const DAYS = Number(process.env["GIFLAB_BENCH_DAYS"] ?? 7);
const RAW = { rawHours: 24 * 400, retentionDays: 400 } as const;

/** Disk, ingest and queries of the SQLite store with this data, beside a row per point. */
export async function measureData(folder: string, { name, source, asked }: StorageData): Promise<Figure[]> {
  const some = (days: number) => ({ folder, source: source(), days });
  const hot = await fillStore(some(1 / 24), "one packed row a flush", { rawHours: 168 }, false);
  const raw = await fillStore(some(DAYS), "sealed, all raw", RAW);
  const rolled = await fillStore(some(DAYS), "sealed and rolled up (default)", {});
  const power = await fillStore(some(1 / 12), "the same, durability power", { durability: "power" });
  const naive = fillNaive(some(1 / 12));
  console.log(
    `\n${name}: ${raw.series} series, ${(raw.points / raw.flushes).toFixed(0)} points a flush, ${DAYS} days for the sealed ones`,
  );
  printLayouts([naive, hot, raw, rolled, power]);
  const queries = await measureQueries(raw.dbPath, { now: source().begin + DAYS * 86_400, days: DAYS, asked });
  return [
    atMost("bytes a sample, all raw", raw.bytes / raw.samples, 7, "B"),
    atLeast("series in 100 MB for 7 days, all raw", seriesIn100Mb(raw), 238),
    atLeast("series in 100 MB for 7 days, default rollups", seriesIn100Mb(rolled), 600),
    atLeast("samples taken in a second, upkeep included", rolled.samplesPerSecond, 400_000),
    atMost("99 % of flushes", quantile(rolled.flushMs, 0.99), 5, "ms"),
    atMost("99 % of slices of upkeep, CPU", quantile(rolled.watch!.cpuMs, 0.99), 10, "ms"),
    ...queries,
  ];
}

function printLayouts(all: readonly FilledStore[]): void {
  const titles = [
    "",
    "B a sample",
    "B a point",
    "MB for 7 d",
    "series in 100 MB",
    "samples/CPU s",
    "flush p50 ms",
    "p99",
  ];
  printTable(
    [...titles, "slice p99 ms", "its CPU", "longest CPU"],
    all.map((filled) => [
      filled.layout,
      (filled.bytes / filled.samples).toFixed(2),
      (filled.bytes / filled.points).toFixed(2),
      weekMb(filled).toFixed(1),
      seriesIn100Mb(filled).toFixed(0),
      `${(filled.samplesPerSecond / 1000).toFixed(0)} k`,
      quantile(filled.flushMs, 0.5).toFixed(3),
      quantile(filled.flushMs, 0.99).toFixed(3),
      ...sliceCells(filled.watch),
    ]),
  );
}

function sliceCells(watch: FilledStore["watch"]): string[] {
  if (watch === undefined) return [];
  return [quantile(watch.turnsMs, 0.99), quantile(watch.cpuMs, 0.99), quantile(watch.cpuMs, 1)].map((ms) =>
    ms.toFixed(1),
  );
}
