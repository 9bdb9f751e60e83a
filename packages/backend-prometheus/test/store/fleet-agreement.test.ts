import { ManualClock, SeededRandom } from "@giflab/backend-testkit";
import { describeWith, type HttpReceiver } from "@giflab/backend-testkit/receivers";
import type { MetricPoint, MetricSummary } from "@giflab/metrics-core";
import { defaultBounds, exposedUnit } from "@giflab/metrics-core/exposition";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";
import { FLEET_SECONDS, FLEET_START, recordFleet } from "./fleet.ts";

const random = new SeededRandom();
const history = recordFleet(random);
const END = FLEET_START + FLEET_SECONDS;

const WINDOWS = [
  { name: "the last five minutes", from: END - 300, to: END },
  { name: "everything", from: FLEET_START, to: END },
  { name: "half an hour with the restart in it", from: FLEET_START + 905, to: FLEET_START + 2705 },
  { name: "a window that begins and ends between flushes", from: FLEET_START + 1333.3, to: FLEET_START + 1777.7 },
];

const SERVERS = {
  Prometheus: { programs: ["prometheus", "promtool"], start: () => history.prometheus() },
  VictoriaMetrics: { programs: ["victoria-metrics"], start: () => history.victoriaMetrics() },
};

for (const [server, { programs, start }] of Object.entries(SERVERS)) {
  describeWith(programs, `a fleet read from ${server} (seed ${random.seed})`, () => {
    let started: HttpReceiver;
    let store: PrometheusStore;
    beforeAll(async () => {
      started = await start();
      store = new PrometheusStore({ url: started.url });
    });
    afterAll(async () => {
      await store?.close();
      await started?.receiver.stop();
    });

    describe.each(WINDOWS)("over $name", ({ from, to }) => {
      it("has the counters and gauges that the processes have, to the last digit", async () => {
        const [ours, theirs] = await Promise.all([
          store.summaries({ from, to }),
          history.memory.summaries({ from, to }),
        ]);
        expect(ours.map(keyOf).filter((key) => !key.startsWith("up"))).toEqual(theirs.map(keyOf));
        for (const wanted of theirs) {
          const found = ours.find((one) => keyOf(one) === keyOf(wanted))!;
          expect(found, keyOf(wanted)).toMatchObject(comparable(wanted));
        }
      });

      it("has timers and histograms with their exact counts, and quantiles within the width of a bucket", async () => {
        const [ours, theirs] = await Promise.all([
          store.summaries({ from, to }),
          history.memory.summaries({ from, to }),
        ]);
        for (const wanted of theirs.filter(({ kind }) => kind === "timer" || kind === "histogram")) {
          const found = ours.find((one) => keyOf(one) === keyOf(wanted))!;
          expect(found).toMatchObject({ count: wanted.count, min: undefined, max: undefined, last: undefined });
          expect(found.sum! / wanted.sum!).toBeCloseTo(1, 9);
          expect(found.mean! / wanted.mean!).toBeCloseTo(1, 9);
          for (const quantile of ["p50", "p90", "p95", "p99", "p999"] as const) {
            const { low, high } = bucketOf(wanted, wanted[quantile]!);
            expect(found[quantile]!, `${keyOf(found)} ${quantile}`).toBeGreaterThanOrEqual(low);
            expect(found[quantile]!, `${keyOf(found)} ${quantile}`).toBeLessThanOrEqual(high);
          }
        }
      });

      it("has the same instances' numbers apart, by service and over steps", async () => {
        for (const query of [{ service: "worker" }, { service: "api", match: "cache.*" }]) {
          const [ours, theirs] = [
            await store.summaries({ ...query, from, to }),
            await history.memory.summaries({ ...query, from, to }),
          ];
          expect(ours.filter(({ name }) => name !== "up").map((one) => numbersOf(one))).toEqual(
            theirs.map((one) => numbersOf(one)),
          );
        }
        for (const match of ["cache.frame.hits", "cache.frame.hit_rate", "queue"]) {
          const query = { match, from, to, stepSeconds: 60 };
          const byInstance = { match, from, to, byInstance: true };
          expect(byWriter(await store.summaries(byInstance))).toEqual(
            byWriter(await history.memory.summaries(byInstance)),
          );
          expect(await store.series(query)).toEqual(await history.memory.series(query));
        }
      });

      it("streams the increases and values that were recorded, in time order", async () => {
        const ours = await pointsOf(store.points({ from, to, match: ["cache.*", "queue", "jobs.*"] }));
        const theirs = await pointsOf(history.memory.points({ from, to, match: ["cache.*", "queue", "jobs.*"] }));
        expect(ours.map(({ timestamp }) => timestamp)).toEqual(
          ours.map(({ timestamp }) => timestamp).toSorted((a, b) => a - b),
        );
        expect(ours.map(pointText).sort()).toEqual(theirs.map(pointText).sort());
      });
    });

    it("says when its data begins and ends, and reads all of it without a beginning", async () => {
      const clock = new ManualClock(END + 3 * 86_400);
      const later = new PrometheusStore({ url: started.url, clock });
      const { backend, newest, oldest, points, bytes } = await later.stats();
      expect({ backend, newest, points, bytes }).toEqual({
        backend: "prometheus",
        newest: END,
        points: undefined,
        bytes: undefined,
      });
      expect(oldest).toBeLessThanOrEqual(FLEET_START);
      expect(oldest).toBeGreaterThan(FLEET_START - 86_400);
      const all = { match: ["cache.frame.hits", "queue"] };
      expect(await pointsOf(later.points(all))).toHaveLength((await pointsOf(history.memory.points(all))).length);
    });
  });
}

function keyOf({ name, tags }: Pick<MetricSummary, "name" | "tags">): string {
  return `${name} ${JSON.stringify(tags)}`;
}

/** What must be equal: nearly everything. */
function comparable(summary: MetricSummary): Partial<MetricSummary> {
  if (summary.kind === "timer" || summary.kind === "histogram") {
    const { kind, unit, count, rate, covered, services, instances, firstSeen, lastSeen } = summary;
    return { kind, unit, count, rate, covered, services, instances, firstSeen, lastSeen };
  }
  return summary;
}

/** Without instances that had ended long before the window: memory knows their last gauges, and there nobody looks so far back. */
function byWriter(summaries: readonly MetricSummary[]) {
  return summaries
    .filter(({ kind, count }) => kind !== "gauge" || count > 0)
    .map(numbersOf)
    .sort((a, b) => (keyOf(a) + a.instance!.writerId < keyOf(b) + b.instance!.writerId ? -1 : 1));
}

function numbersOf({ name, tags, kind, count, sum, rate, last, value, services, instance }: MetricSummary) {
  const exact = kind === "counter" || kind === "gauge" || kind === "derived";
  return {
    name,
    tags,
    count,
    sum: exact ? sum : undefined,
    rate,
    last: exact ? last : undefined,
    value,
    services,
    instance,
  };
}

/**
 * The classic bucket that holds a value, widened by the width of a sketch's bucket: so near to a bound a value may have been
 * counted on its other side.
 */
function bucketOf({ name, kind, unit }: MetricSummary, value: number): { readonly low: number; readonly high: number } {
  const metric = { name, kind: kind as "timer", unit };
  const { factor } = exposedUnit(metric);
  const bounds = [0, ...defaultBounds(metric).map((bound) => bound / factor)];
  const [less, more] = [value * (1 - 1 / 64), value * (1 + 1 / 64)];
  const low = bounds.findLast((bound) => bound < less) ?? 0;
  return { low: low * (1 - 1 / 64), high: bounds.find((bound) => bound >= more)! * (1 + 1 / 64) };
}

async function pointsOf(stream: AsyncIterable<MetricPoint>): Promise<readonly MetricPoint[]> {
  const points: MetricPoint[] = [];
  // In memory a counter may state that nothing was added; a running total says so by what it is.
  for await (const point of stream) if (point.kind !== "counter" || point.value !== 0) points.push(point);
  return points;
}

function pointText(point: MetricPoint): string {
  const { name, tags, kind, timestamp, resolutionSeconds, instance } = point;
  return JSON.stringify([
    timestamp,
    instance.writerId,
    name,
    tags,
    kind,
    "value" in point && point.value,
    Math.round(resolutionSeconds * 1000),
  ]);
}
