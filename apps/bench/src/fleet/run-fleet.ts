import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled } from "@giflab/backend-testkit/receivers";
import type { Figure } from "../figure.ts";
import { printTable } from "../table.ts";
import { type MeasuredServer, measurePrometheus, measureVictoriaMetrics } from "./measure-servers.ts";
import { type RecordedProcess, recordProcess } from "./record-process.ts";

const FLUSHES = 60;
const FLUSH_SECONDS = 10;
const FLEETS = [1, 100, 10_000];

/**
 * What a fleet of the processing app costs: measured are one process' samples and bytes by protocol, and the memory, disk
 * and scrape time of real servers with a hundred of them; the rest is multiplied from that.
 */
export async function runFleet(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-fleet-"));
  try {
    const recorded = await recordProcess(folder, FLUSHES);
    printProcess(recorded);
    const servers: [string, MeasuredServer][] = [];
    if (isInstalled("prometheus")) servers.push(["Prometheus", await measurePrometheus(recorded.scrapes)]);
    if (isInstalled("victoria-metrics"))
      servers.push(["VictoriaMetrics", await measureVictoriaMetrics(recorded.scrapes)]);
    for (const [name, server] of servers) printFleet(name, server, recorded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [];
}

function printProcess({ samples, scrapeMs, bytes }: RecordedProcess): void {
  console.log(
    `\none process of the processing app at work: ${samples} samples a scrape, made in ${scrapeMs.toFixed(2)} ms`,
  );
  printTable(
    ["", "bytes a flush", `bytes/s, every ${FLUSH_SECONDS} s`],
    Object.entries(bytes).map(([protocol, each]) => [protocol, each.toFixed(0), (each / FLUSH_SECONDS).toFixed(0)]),
  );
}

function printFleet(name: string, server: MeasuredServer, { samples, bytes }: RecordedProcess): void {
  const { processes, series, memoryBytes, bytesPerSample, scrapeMs } = server;
  const kbPerSeries = memoryBytes / series / 1024;
  console.log(
    `\n${name}, ${processes} processes with ${series.toFixed(0)} series: ${mb(memoryBytes)} MB resident` +
      ` (${kbPerSeries.toFixed(1)} KB a series)` +
      (bytesPerSample === undefined ? "" : `, ${bytesPerSample.toFixed(2)} bytes a sample on disk`) +
      (scrapeMs === undefined ? "" : `, ${scrapeMs.toFixed(1)} ms a scrape`),
  );
  printTable(
    ["processes", "series", "samples/s", "KB/s scraped, gzip", "memory MB", "disk GB for 30 days"],
    FLEETS.map((fleet) => {
      const perSecond = (fleet * samples) / FLUSH_SECONDS;
      return [
        String(fleet),
        String(fleet * samples),
        perSecond.toFixed(0),
        ((fleet * bytes["scraped, gzip"]) / FLUSH_SECONDS / 1024).toFixed(1),
        mb((fleet * samples * memoryBytes) / series),
        bytesPerSample === undefined ? "" : ((perSecond * 86_400 * 30 * bytesPerSample) / 1e9).toFixed(2),
      ];
    }),
  );
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
