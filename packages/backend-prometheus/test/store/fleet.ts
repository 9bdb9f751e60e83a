import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  type SeededRandom,
  TEST_START,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import type { NamedDefinition, SnapshotPoint } from "@giflab/metrics-core";
import { FleetHistory } from "./fleet-history.ts";

/** Epoch seconds at which the made-up fleet begins. */
export const FLEET_START: number = TEST_START;
/** Seconds for which it is recorded. */
export const FLEET_SECONDS = 3600;

const HIT_RATE: NamedDefinition = {
  name: "cache.frame.hit_rate",
  kind: "derived",
  unit: "1",
  system: "frame",
  formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
  normalRange: { min: 0.6, max: 0.8, better: "higher" },
};

/**
 * An hour of two services on three addresses, scraped every 10 seconds: one of them restarts after half an hour, and goes on
 * with less than it had and, at once, with more.
 */
export function recordFleet(random: SeededRandom): FleetHistory {
  const history = new FleetHistory();
  const options = { derived: [HIT_RATE], start: FLEET_START };
  const steady = history.process(new TestInstance({ ...options, service: "api" }), { job: "node", instance: "a:9464" });
  const worker = history.process(new TestInstance({ ...options, service: "worker" }), {
    job: "node",
    instance: "b:9464",
  });
  const address = { job: "node", instance: "c:9464" };
  const before = history.process(new TestInstance({ ...options, service: "api" }), address);
  const half = FLEET_SECONDS / 2;
  const after = history.process(new TestInstance({ ...options, service: "api", start: FLEET_START + half }), address);
  for (let at = 0; at < FLEET_SECONDS; at += 10) {
    history.flush(steady, pointsOf(random, at));
    history.flush(worker, [...pointsOf(random, at), counterPoint("jobs.done", random.integer(4))]);
    const restarted = at === half;
    const third = at < half ? before : after;
    history.flush(third, pointsOf(random, at, restarted ? 1_000_000 : 10), { final: at === half - 10 });
  }
  return history;
}

function pointsOf(random: SeededRandom, at: number, most = 10): SnapshotPoint[] {
  const durations = Array.from({ length: random.integer(30) }, () => random.duration(0.02));
  const sizes = Array.from({ length: random.integer(5) }, () => random.duration(50_000));
  const points: SnapshotPoint[] = [
    counterPoint("cache.frame.hits", random.integer(most), { tags: { tier: "memory" }, system: "frame" }),
    counterPoint("cache.frame.misses", random.integer(5), { system: "frame" }),
    gaugePoint("cache.frame.memory_usage_mb", random.integer(400) / 4, { unit: "MB", merge: "sum", system: "frame" }),
    gaugePoint("queue", random.integer(50), { merge: "max" }),
    timerPoint("load", durations, { tags: { kind: "png" } }),
    histogramPoint("frame_bytes", sizes, { unit: "By" }),
  ];
  // A series that is there from the middle on: its first value is an increase.
  if (at >= 1500) points.push(counterPoint("cache.frame.hits", 2, { tags: { tier: "disk" }, system: "frame" }));
  return points;
}
