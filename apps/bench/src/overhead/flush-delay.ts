import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { LoopWatch, threadCpuMs } from "../storage/loop-watch.ts";
import { printTable } from "../table.ts";
import { type MetricMix, manyMetrics, mixOf } from "./many-metrics.ts";

const SERIES = 10_000;
const FLUSHES = 120;
const WARM_UP = 20;
const FLUSH_SECONDS = 10;

/** How long a flush of 10,000 series into SQLite keeps the event loop busy, and for how much processor time. */
export async function measureFlushDelay(): Promise<Figure[]> {
  const kinds: readonly [string, MetricMix][] = [
    ["10,000 counters", { counters: SERIES, gauges: 0, timers: 0 }],
    ["5,000 counters, 2,500 gauges, 2,500 timers of 15 calls", mixOf(SERIES)],
  ];
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const [name, mix] of kinds) {
    const { turnsMs, cpuMs } = await flushing(mix);
    rows.push([name, ...[0.25, 0.5, 0.99].map((q) => quantile(turnsMs, q).toFixed(2)), cpuMs.toFixed(2)]);
    figures.push(atMost(`a flush of ${name} blocks the loop, processor time`, cpuMs, 5, "ms"));
  }
  console.log(`\nEvent loop: the longest turn of each of ${FLUSHES} flushes into SQLite, every series changed`);
  printTable(["", "p25 ms", "p50", "p99", "its CPU, mean"], rows);
  return figures;
}

interface LongestTurns {
  readonly turnsMs: readonly number[];
  /** Mean processor time of all turns of a flush: the system counts it in steps too coarse for a single one. */
  readonly cpuMs: number;
}

async function flushing(mix: MetricMix): Promise<LongestTurns> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-"));
  const clock = new ManualClock(1_700_000_000);
  const store = new SqliteBackend({ dbPath: join(folder, "metrics.db"), clock, maxSizeMb: 10_000 });
  const collector = new MetricsCollector({
    backends: [store],
    clock,
    bufferSize: 100_000,
    flushIntervalSeconds: 3600,
    service: "bench",
  });
  const turnsMs: number[] = [];
  let cpu = 0;
  try {
    const change = manyMetrics(collector, mix);
    for (let flush = 0; flush < WARM_UP + FLUSHES; flush++) {
      change();
      clock.advance(FLUSH_SECONDS);
      const [watch, before] = [new LoopWatch(), threadCpuMs()];
      await watch.during(async () => {
        // Begins with a turn of its own.
        await new Promise<void>((resolve) => setImmediate(resolve));
        await collector.flush();
        await new Promise<void>((resolve) => setImmediate(resolve));
      });
      if (flush < WARM_UP) continue;
      cpu += threadCpuMs() - before;
      turnsMs.push(Math.max(0, ...watch.turnsMs));
    }
  } finally {
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { turnsMs, cpuMs: cpu / FLUSHES };
}
