import {
  bucketOf,
  type InstanceIdentity,
  LAYOUT_ID,
  type MetricSnapshot,
  type SeriesDescriptor,
  type SketchData,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import { seededRandom } from "../seeded-random.ts";
import type { SnapshotSource } from "./snapshot-source.ts";

const COUNTERS = 100;
const GAUGES = 50;
const TIMERS = 50;
const SERIES = COUNTERS + GAUGES + TIMERS;
const FLUSH_SECONDS = 10;
/** Epoch seconds; a whole hour. */
const BEGIN = 1_700_000_000 - (1_700_000_000 % 3600);
/** Series whose name begins with `api.`: a quarter of each kind. */
const PARTS = ["api", "cache", "db", "jobs"] as const;
/** Calls of a timer in a flush, on average. */
const CALLS = 15;

/**
 * Workload W: one process with 100 counters, 50 gauges and 50 timers, each with a sample in every flush, every ten seconds.
 * A third of the counters is regular, the others vary like independent events (Poisson). Gauges are random walks with no,
 * two and all decimals. Timers have 15 calls a flush on average, log-normal around a median of their own, measured to the
 * nanosecond. The same seed gives the same data. With longer flushes as much happens in a second.
 */
export class Workload implements SnapshotSource {
  readonly #random: () => number;
  readonly series: readonly SeriesDescriptor[];
  readonly begin: number = BEGIN;
  readonly #levels: number[];
  readonly #instance: InstanceIdentity;
  /** How long the flushes to come are. */
  flushSeconds: number;
  #sequence = 0;
  #now: number = BEGIN;

  constructor(seed: number, flushSeconds: number = FLUSH_SECONDS) {
    this.flushSeconds = flushSeconds;
    this.#random = seededRandom(seed);
    this.series = Array.from({ length: SERIES }, (_, i) => {
      const kind = i < COUNTERS ? "counter" : i < COUNTERS + GAUGES ? "gauge" : "timer";
      const name = `${PARTS[i % PARTS.length]}.${kind}.${Math.floor(i / PARTS.length)}`;
      return { name, tags: { route: `/r${i % 10}` }, definition: { kind } };
    });
    this.#levels = Array.from({ length: GAUGES }, (_, i) => 50 + 20 * i);
    const common = { service: "workload", version: "1.0.0", host: "bench", pid: 1, thread: 0 };
    this.#instance = { ...common, startTime: BEGIN, writerId: seed.toString(16).padStart(16, "0") };
  }

  get #longer(): number {
    return this.flushSeconds / FLUSH_SECONDS;
  }

  /** Epoch seconds of the latest snapshot. */
  get now(): number {
    return this.#now;
  }

  /** The next flush. */
  next(): MetricSnapshot {
    const start = this.#now;
    this.#now += this.flushSeconds;
    this.#sequence++;
    return {
      instance: this.#instance,
      sequence: this.#sequence,
      start,
      end: this.#now,
      flushIntervalSeconds: this.flushSeconds,
      final: false,
      points: this.series.map((series, i) => this.#point(series, i)),
      derived: [],
    };
  }

  #point(series: SeriesDescriptor, i: number): SnapshotPoint {
    if (i < COUNTERS)
      return { kind: "counter", series, delta: i % 3 === 0 ? (10 + i) * this.#longer : this.#events(5 + 4 * i) };
    if (i < COUNTERS + GAUGES) return { kind: "gauge", series, value: this.#walk(i - COUNTERS) };
    return { kind: "timer", series, sketch: this.#calls(i - COUNTERS - GAUGES) };
  }

  #walk(gauge: number): number {
    const level = Math.max(0, this.#levels[gauge]! + this.#normal() * (1 + gauge / 10));
    this.#levels[gauge] = level;
    return gauge % 5 === 0 ? level : gauge % 5 < 3 ? Math.round(level) : Math.round(level * 100) / 100;
  }

  /** Poisson, by its normal approximation. */
  #events(mean: number): number {
    const expected = mean * this.#longer;
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * this.#normal()));
  }

  #calls(timer: number): SketchData {
    const calls = Math.max(1, this.#events(CALLS));
    const median = 0.0005 * 1.15 ** timer;
    const buckets = new Map<number, number>();
    let [sum, min, max, last] = [0, Number.POSITIVE_INFINITY, 0, 0];
    for (let call = 0; call < calls; call++) {
      last = Math.max(1, Math.round(median * Math.exp(0.5 * this.#normal()) * 1e9)) / 1e9;
      sum += last;
      min = Math.min(min, last);
      max = Math.max(max, last);
      buckets.set(bucketOf(last), (buckets.get(bucketOf(last)) ?? 0) + 1);
    }
    const indexes = [...buckets.keys()].sort((a, b) => a - b);
    const counts = indexes.map((index) => buckets.get(index)!);
    return { layout: LAYOUT_ID, count: calls, sum, min, max, last, indexes, counts };
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
