import { InfluxdbBackend } from "@giflab/backend-influxdb";
import {
  type InstanceIdentity,
  MergedSketch,
  type MetricSnapshot,
  type SeriesDescriptor,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import { InfluxDB, Point } from "@influxdata/influxdb-client";
import { atMost, type Figure } from "../figure.ts";
import { quantile } from "../interleaved-run.ts";
import { LoopWatch } from "../storage/loop-watch.ts";
import { printFigures, printTable } from "../table.ts";
import { LineSink } from "./line-sink.ts";

const ROUNDS = 15;
const instance: InstanceIdentity = {
  service: "bench",
  version: "1.0.0",
  host: "bench-host",
  pid: 1,
  thread: 0,
  startTime: 1_700_000_000,
  writerId: "0123456789abcdef",
};

interface Way {
  readonly name: string;
  readonly send: (points: readonly SnapshotPoint[], round: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What it takes to send one flush, from the snapshot to the acknowledgement, beside the official client used as it comes. */
export async function measureInfluxdb(): Promise<Figure[]> {
  await using sink = await LineSink.start();
  const figures: Figure[] = [];
  for (const [what, points] of [
    ["10,000 counters", counters(10_000)],
    ["200 timers of 100 calls", timers(200)],
  ] as const) {
    const ways = [ours(sink.url, "ours"), ours(sink.url, "ours, uncompressed", false), ...client(sink.url, points)];
    const cpu = ways.map((): number[] => []);
    const turns = ways.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, { send }] of ways.entries()) {
        const watch = new LoopWatch();
        const before = process.cpuUsage();
        await watch.during(() => send(points, round + 1));
        const { user, system } = process.cpuUsage(before);
        if (round === 0) continue;
        cpu[index]!.push((user + system) / 1000);
        turns[index]!.push(Math.max(0, ...watch.cpuMs));
      }
    }
    console.log(`\nInfluxDB: one flush of ${what}, to a server that forgets`);
    printTable(
      ["", "ms of processor time", "longest turn of the loop, ms"],
      ways.map(({ name }, i) => [name, quantile(cpu[i]!, 0.5).toFixed(1), quantile(turns[i]!, 0.5).toFixed(1)]),
    );
    figures.push(atMost(`event loop blocked by ${what} to InfluxDB`, quantile(turns[0]!, 0.5), 5, "ms"));
    for (const { close } of ways) await close();
  }
  printFigures(figures);
  return figures;
}

function ours(url: string, name: string, gzip = true): Way {
  const backend = new InfluxdbBackend({ url, database: "bench", gzip });
  return {
    name,
    send: (points, round) => backend.write(snapshot(points, round)),
    close: () => backend.close(),
  };
}

/** With a `Point` made for each line, as its examples do; it has no histograms. */
function client(url: string, points: readonly SnapshotPoint[]): Way[] {
  if (points.some(({ kind }) => kind !== "counter")) return [];
  const api = new InfluxDB({ url }).getWriteApi("org", "bench", "ms", { flushInterval: 0, batchSize: 20_000 });
  const { service, host, writerId } = instance;
  return [
    {
      name: "@influxdata/influxdb-client",
      send: async (all, round) => {
        for (const point of all) {
          if (point.kind !== "counter") continue;
          const line = new Point(point.series.name).tag("service", service).tag("host", host).tag("instance", writerId);
          for (const [key, value] of Object.entries(point.series.tags)) line.tag(key, value);
          line.floatField("delta", point.delta).floatField("total", point.delta * round);
          api.writePoint(line.timestamp(1_700_000_000_000 + round));
        }
        await api.flush();
      },
      close: () => api.close(),
    },
  ];
}

function snapshot(points: readonly SnapshotPoint[], sequence: number): MetricSnapshot {
  const start = instance.startTime + sequence * 10;
  return { instance, sequence, start, end: start + 10, flushIntervalSeconds: 10, final: false, points, derived: [] };
}

function counters(count: number): readonly SnapshotPoint[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: "counter" as const,
    series: series("cache.frame.hits", "counter", { key: String(i), tier: "memory" }),
    delta: (i % 100) + 1,
  }));
}

function timers(count: number): readonly SnapshotPoint[] {
  return Array.from({ length: count }, (_, i) => {
    const sketch = new MergedSketch();
    for (let call = 1; call <= 100; call++) sketch.record(0.0001 * call * (1 + (i % 7)));
    return {
      kind: "timer" as const,
      series: series("cache.frame.operation.duration", "timer", { key: String(i), operation: "get" }),
      sketch: sketch.toData(),
    };
  });
}

function series(name: string, kind: "counter" | "timer", tags: Readonly<Record<string, string>>): SeriesDescriptor {
  return { name, tags, definition: { kind } };
}
