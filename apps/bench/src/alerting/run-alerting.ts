import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlertManager, AlertRule, type AlertRuleOptions } from "@giflab/alerting";
import { SqliteBackend } from "@giflab/backend-sqlite";
import {
  ManualClock,
  MemoryBackend,
  MetricsCollector,
  type MetricsReader,
  type MetricsStore,
  type StateStore,
} from "@giflab/metrics-core";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { threadCpuMs } from "../storage/loop-watch.ts";
import { printFigures, printTable } from "../table.ts";

const NAMES = 1000;
const TAG_SETS = 10;
const SERIES = NAMES * TAG_SETS;
const FLUSH_SECONDS = 10;
/** Five minutes, and the ten before them in which a store looks for gauges that did not change. */
const FLUSHES = 90;
const WINDOW_SECONDS = 300;
const ROUNDS = 9;

/** A store with all series in it: 10,000 in 1,000 metrics, a third each counters, gauges and timers, all changing. */
interface Filled {
  readonly name: string;
  readonly store: MetricsStore & StateStore;
  /** Lives on while rules are judged, as processes do. */
  readonly collector: MetricsCollector;
  readonly clock: ManualClock;
  readonly limitMs: number;
}

/** Times evaluations of 1,000 threshold rules over 10,000 series, on the memory backend and on SQLite. */
export async function runAlerting(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "giflab-bench-alerts-"));
  console.log(
    `\n${NAMES} alert rules over ${SERIES} series, ${WINDOW_SECONDS / 60}-minute windows, a flush every 10 s`,
  );
  const figures: Figure[] = [];
  const rows: string[][] = [];
  try {
    for (const open of [openMemory, () => openSqlite(join(folder, "metrics.db"))]) {
      const filled = await open();
      for (const [kind, rules] of RULES) figures.push(...(await measure(filled, kind, rules(), rows)));
      const asked = await timed(() => filled.store.summaries(windowOf(filled.clock)));
      rows.push([`${filled.name}, the query alone`, ...asked.cells, ""]);
      await filled.collector.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  printTable(["", "median ms", "fastest", "median CPU ms", "alerts"], rows);
  printFigures(figures);
  return figures;
}

const thresholds = (options: Pick<AlertRuleOptions, "name" | "metricPattern">): AlertRule =>
  new AlertRule({ ...options, warningThreshold: 1000, criticalThreshold: 2000 });

const RULES: readonly (readonly [string, () => AlertRule[]])[] = [
  ["a name each", () => namesOf((name, i) => thresholds({ name: `rule ${i}`, metricPattern: name }))],
  [
    "a glob each",
    () => namesOf((name, i) => thresholds({ name: `rule ${i}`, metricPattern: `${name.slice(0, -1)}?` })),
  ],
  ["every tenth fires", () => namesOf((name, i) => rarely(name, i))],
];

/** Beyond its threshold for one rule in ten, so that states are kept and written. */
function rarely(name: string, i: number): AlertRule {
  const warningThreshold = i % 10 === 0 ? -1 : 1000;
  return new AlertRule({ name: `rare ${i}`, metricPattern: name, warningThreshold, criticalThreshold: 2000 });
}

function namesOf<T>(make: (name: string, index: number) => T): T[] {
  return Array.from({ length: NAMES }, (_, i) => make(nameOf(i), i));
}

function nameOf(i: number): string {
  return `app.${["counter", "gauge", "timer"][i % 3]}.m${String(i).padStart(4, "0")}`;
}

async function measure(
  { name, store, clock, limitMs }: Filled,
  kind: string,
  rules: AlertRule[],
  rows: string[][],
): Promise<Figure[]> {
  const manager = new AlertManager({ reader: store, state: store, clock, rules });
  let [alerts, evaluated] = [0, 0];
  const { cpu, cells } = await timed(async () => {
    const report = await manager.evaluate({ windowSeconds: WINDOW_SECONDS });
    alerts = report.alerts.length;
    evaluated = report.evaluated;
  });
  // Each glob takes in the ten names that differ in their last digit.
  const expected = kind === "a glob each" ? 10 * SERIES : SERIES;
  if (evaluated < expected * 0.3) throw new Error(`${name}, ${kind}: ${evaluated} of ${expected} series were judged`);
  rows.push([`${name}, ${kind}`, ...cells, String(alerts)]);
  // One thread does it all: on an idle machine it takes as long as its processor time.
  const text = `${NAMES} rules, ${SERIES} series, ${name}`;
  return kind === "a name each" ? [atMost(text, cpu, limitMs, "ms of processor time")] : [];
}

async function timed(work: () => Promise<unknown>): Promise<{ readonly cpu: number; readonly cells: string[] }> {
  const [times, busy]: [number[], number[]] = [[], []];
  await work();
  for (let round = 0; round < ROUNDS; round++) {
    const [start, cpuStart] = [performance.now(), threadCpuMs()];
    await work();
    times.push(performance.now() - start);
    busy.push(threadCpuMs() - cpuStart);
  }
  const cpu = quantile(busy, 0.5);
  return { cpu, cells: [quantile(times, 0.5), Math.min(...times), cpu].map((ms) => ms.toFixed(0)) };
}

function windowOf(clock: ManualClock): Parameters<MetricsReader["summaries"]>[0] {
  return { from: clock.now() - WINDOW_SECONDS, to: clock.now() };
}

async function openMemory(): Promise<Filled> {
  const store = new MemoryBackend({ bufferSize: 2 * SERIES * FLUSHES });
  const clock = new ManualClock();
  return { name: "memory", store, clock, collector: await fill(store, clock), limitMs: 250 };
}

async function openSqlite(dbPath: string): Promise<Filled> {
  const clock = new ManualClock();
  const store = new SqliteBackend({ dbPath, maxSizeMb: 10_000, clock });
  return { name: "SQLite", store, clock, collector: await fill(store, clock), limitMs: 1000 };
}

async function fill(store: MemoryBackend | SqliteBackend, clock: ManualClock): Promise<MetricsCollector> {
  const bufferSize = 2 * SERIES;
  const collector = new MetricsCollector({
    backends: [store],
    clock,
    service: "bench",
    bufferSize,
    handleSignals: false,
  });
  const series = namesOf((name, i) =>
    Array.from({ length: TAG_SETS }, (_, tag) => recorderOf(collector, name, i, `/r${tag}`)),
  ).flat();
  for (let flush = 0; flush < FLUSHES; flush++) {
    for (const [i, record] of series.entries()) record(((i * 7919 + flush * 104_729) % 1000) / 1000);
    clock.advance(FLUSH_SECONDS);
    await collector.flush();
  }
  return collector;
}

/** Records a value from 0 to 1 in a series: a third each are counters, gauges and timers. */
function recorderOf(collector: MetricsCollector, name: string, i: number, route: string): (value: number) => void {
  const tags = { route };
  if (i % 3 === 0) {
    const counter = collector.counter(name, { tags });
    return (value) => counter.add(1 + value);
  }
  if (i % 3 === 1) {
    const gauge = collector.gauge(name, { tags });
    return (value) => gauge.set(value);
  }
  const timer = collector.timer(name, { tags });
  // Threefold between the fastest and the slowest call.
  return (value) => timer.record(0.01 * (0.5 + value));
}
