import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestInstance } from "@giflab/backend-testkit";
import { type HttpReceiver, startPrometheus, startVictoriaMetrics } from "@giflab/backend-testkit/receivers";
import { MemoryBackend, type SeriesDescriptor, type SnapshotPoint, type Tags } from "@giflab/metrics-core";
import {
  ClassicBuckets,
  ClassicHistogram,
  defaultBounds,
  exposedUnit,
  INSTANCE_INFO,
  instanceInfoLabels,
  METRIC_INFO,
  metricInfoLabels,
  prometheusName,
  RunningTotals,
} from "@giflab/metrics-core/exposition";

/** What a target exposes to the one that scrapes it. */
interface Sample {
  readonly name: string;
  readonly labels: Tags;
  readonly value: number;
}

/** A process of the fleet, scraped at an address. */
export interface FleetProcess {
  readonly process: TestInstance;
  readonly target: { readonly job: string; readonly instance: string };
  readonly totals: RunningTotals<ClassicHistogram>;
}

/**
 * The same history twice: in a memory backend, and as the samples that a store has which scrapes each process at every one of
 * its flushes.
 */
export class FleetHistory {
  readonly memory: MemoryBackend = new MemoryBackend();
  readonly #lines: { readonly time: number; readonly text: string }[] = [];

  process(process: TestInstance, target: FleetProcess["target"]): FleetProcess {
    return { process, target, totals: new RunningTotals(histogramOf) };
  }

  /** A flush of one process, and the scrape at the same moment. */
  flush(one: FleetProcess, points: readonly SnapshotPoint[], options: { readonly final?: boolean } = {}): void {
    const snapshot = one.process.flush(points, options);
    this.memory.write(snapshot);
    one.totals.add(snapshot);
    const infos = snapshot.derived.map((definition) => ({
      name: METRIC_INFO,
      labels: metricInfoLabels(definition, undefined),
      value: 1,
    }));
    const own = { name: INSTANCE_INFO, labels: instanceInfoLabels(one.process.identity), value: 1 };
    this.scrape(one.target, snapshot.end, [own, ...infos, ...exposedSamples(one.totals)]);
  }

  /** A scrape that succeeded. */
  scrape(target: FleetProcess["target"], time: number, samples: readonly Sample[]): void {
    for (const sample of [{ name: "up", labels: {}, value: 1 }, ...samples]) this.push(sample, time, target);
  }

  /** A sample that nobody scraped. */
  push({ name, labels, value }: Sample, time: number, target: Tags = {}): void {
    const pairs = Object.entries({ ...labels, ...target }).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    this.#lines.push({ time, text: `${name}{${pairs.join(",")}} ${value}` });
  }

  /** A real Prometheus whose blocks hold this history. */
  async prometheus(): Promise<HttpReceiver> {
    const started = await startPrometheus({ flags: ["--storage.tsdb.retention.time=100y"] });
    const { receiver } = started;
    await receiver.halt();
    const file = join(receiver.folder, "history.txt");
    const lines = this.#inOrder().map(({ text, time }) => `${text} ${time}`);
    writeFileSync(file, `${lines.join("\n")}\n# EOF\n`);
    const made = spawnSync("promtool", [
      "tsdb",
      "create-blocks-from",
      "openmetrics",
      file,
      join(receiver.folder, "data"),
    ]);
    if (made.status !== 0) throw new Error(`promtool: ${made.stderr}`);
    await receiver.start();
    return started;
  }

  /** A real VictoriaMetrics that has taken it in. */
  async victoriaMetrics(): Promise<HttpReceiver> {
    const started = await startVictoriaMetrics();
    const body = this.#inOrder().map(({ text, time }) => `${text} ${Math.round(time * 1000)}\n`);
    const taken = await fetch(`${started.url}/api/v1/import/prometheus`, { method: "POST", body: body.join("") });
    if (!taken.ok) throw new Error(`VictoriaMetrics: ${await taken.text()}`);
    await fetch(`${started.url}/internal/force_flush`);
    return started;
  }

  #inOrder() {
    return this.#lines.toSorted((a, b) => a.time - b.time);
  }
}

/** Classic buckets with the default bounds of a metric. */
export function histogramOf({ name, definition }: SeriesDescriptor): ClassicHistogram {
  const { factor } = exposedUnit({ name, ...definition });
  return new ClassicHistogram(
    new ClassicBuckets(defaultBounds({ name, ...definition }).map((bound) => bound / factor)),
  );
}

/** The running totals of a process as an exposition shows them, with what says what they are called. */
export function exposedSamples(totals: RunningTotals<ClassicHistogram>): readonly Sample[] {
  return totals.all.flatMap((total): Sample[] => {
    const { name, tags: labels, definition } = total.series;
    const metric = { name, ...definition };
    const [exposed, { factor }] = [prometheusName(metric), exposedUnit(metric)];
    const info = { name: METRIC_INFO, labels: metricInfoLabels(metric, exposed), value: 1 };
    if ("value" in total) return [info, { name: exposed, labels, value: total.value * factor }];
    const { buckets, counts, count, sum } = total.distribution;
    let below = 0;
    const cumulative = [...buckets.bounds.map((bound) => String(bound * factor)), "+Inf"].map((le, i) => {
      below += counts[i]!;
      return { name: `${exposed}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      info,
      ...cumulative,
      { name: `${exposed}_sum`, labels, value: sum * factor },
      { name: `${exposed}_count`, labels, value: count },
    ];
  });
}
