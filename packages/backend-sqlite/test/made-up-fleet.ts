import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  type SeededRandom,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import type { GaugeMerge, MetricSnapshot, NamedDefinition, SnapshotPoint } from "@giflab/metrics-core";

const MERGES: readonly GaugeMerge[] = ["sum", "max", "mean", "last"];
const DERIVED: readonly NamedDefinition[] = [
  { name: "hit_rate", kind: "derived", formula: "hits / (hits + misses)" },
  { name: "level.share", kind: "derived", formula: "level.sum / level.max" },
];

/**
 * Snapshots of some processes side by side over some hours: long-lived ones that flush at different intervals, pause, and
 * state only what has changed, and short-lived ones. In the order in which they end.
 */
export function madeUpFleet(random: SeededRandom, start: number, hours: number): MetricSnapshot[] {
  const snapshots: MetricSnapshot[] = [];
  const until = start + hours * 3600;
  for (const flushIntervalSeconds of [10, 30, 1200]) {
    const service = `every-${flushIntervalSeconds}`;
    run(random, new TestInstance({ service, start, flushIntervalSeconds, derived: DERIVED }), until, snapshots);
  }
  for (let job = 0; job < 3 * hours; job++) {
    const begin = start + random.next() * hours * 3600;
    const instance = new TestInstance({ service: "job", start: begin, flushIntervalSeconds: 10 });
    run(random, instance, begin + 5 + random.next() * 200, snapshots);
  }
  return snapshots.sort((a, b) => a.end - b.end);
}

function run(random: SeededRandom, instance: TestInstance, until: number, into: MetricSnapshot[]): void {
  const levels = MERGES.map((merge) => ({ merge, value: 0, stated: Number.NEGATIVE_INFINITY }));
  while (instance.end < until) {
    const seconds = instance.flushIntervalSeconds * (random.integer(20) === 0 ? 1.7 : 1);
    const end = instance.end + seconds;
    const points: SnapshotPoint[] = [];
    if (random.integer(5) > 0) points.push(counterPoint("hits", random.integer(50)));
    if (random.integer(3) > 0) points.push(counterPoint("misses", random.integer(4), { tags: { tier: "disk" } }));
    points.push(counterPoint("cpu.seconds", random.next()));
    for (const level of levels) {
      const changed = random.integer(4) === 0;
      if (changed) level.value = random.integer(1000) / 10;
      // With the longest interval and pause still within ten minutes.
      if (!changed && end - level.stated < 480) continue;
      level.stated = end;
      points.push(gaugePoint(`level.${level.merge}`, level.value, { merge: level.merge }));
    }
    const calls = Array.from({ length: random.integer(6) }, () => random.duration());
    points.push(timerPoint("load", calls, { tags: { route: "a" } }));
    if (random.integer(3) === 0) points.push(histogramPoint("bytes", [random.integer(10_000), -random.next()]));
    into.push(instance.flush(points, { seconds, final: end >= until }));
    if (random.integer(100) === 0) instance.skip(random.integer(60));
  }
}
