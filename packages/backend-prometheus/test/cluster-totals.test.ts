import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  SeededRandom,
  snapshotOf,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import { ManualClock, type MetricSnapshot, type SnapshotPoint } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { CoalescedWork } from "../src/cluster/coalesced-work.ts";
import { TotalsReceiver } from "../src/cluster/totals-receiver.ts";
import { TotalsSender } from "../src/cluster/totals-sender.ts";
import { Exposition } from "../src/exposition/exposition.ts";
import { expositionText } from "../src/exposition/exposition-text.ts";
import { PROMETHEUS_TEXT } from "../src/exposition-format.ts";
import { type PrometheusOptions, resolvePrometheusOptions } from "../src/prometheus-options.ts";
import { linesOf, sampleLines, sampleOf } from "./scraped-text.ts";

const clock = new ManualClock();

function exposition(options: PrometheusOptions = {}): Exposition {
  return new Exposition(resolvePrometheusOptions({ clock, onWarning: () => {}, ...options }));
}

function textOf(shown: Exposition): string {
  return [...expositionText(shown, { format: PROMETHEUS_TEXT, clock, cluster: undefined })].join("");
}

/** A worker process without the process: what it tells goes through JSON, as between processes. */
class Worker {
  readonly instance = new TestInstance();
  readonly exposition: Exposition;
  readonly #sender: TotalsSender;
  readonly #receiver: TotalsReceiver;

  constructor(primary: Exposition, options: PrometheusOptions = {}) {
    this.exposition = exposition(options);
    this.#sender = new TotalsSender(this.exposition);
    this.#receiver = new TotalsReceiver(primary);
  }

  record(points: readonly SnapshotPoint[], final = false): MetricSnapshot {
    const snapshot = this.instance.flush(points, { final });
    this.exposition.fold(snapshot);
    return snapshot;
  }

  tell(): number {
    let messages = 0;
    for (const message of this.#sender.messages(this.exposition.instanceOf(this.instance.identity))) {
      this.#receiver.take(JSON.parse(JSON.stringify(message)));
      messages++;
    }
    return messages;
  }
}

describe("what processes of a cluster tell", () => {
  const random = new SeededRandom();
  it(`comes to the same as if one process had taken in all their snapshots (seed ${random.seed})`, () => {
    for (let run = 0; run < 30; run++) {
      const [primary, expected] = [exposition(), exposition()];
      const workers = Array.from({ length: 1 + random.integer(3) }, () => new Worker(primary));
      for (let step = 0; step < 12; step++) {
        const worker = workers[random.integer(workers.length)]!;
        const tags = { tags: { tier: `t${random.integer(3)}` } };
        const points = [
          counterPoint("hits", random.integer(5), tags),
          counterPoint("freed_mb", random.integer(4) / 4, { unit: "MB", ...tags }),
          gaugePoint("depth", random.integer(100), { merge: "sum", ...tags }),
          timerPoint("load", [random.integer(64) / 64, random.integer(3)], tags),
          histogramPoint("sizes", [random.integer(2000) - 1000]),
        ].filter(() => random.next() < 0.6);
        expected.fold(worker.record(points));
        if (random.next() < 0.5) worker.tell();
      }
      for (const worker of workers) worker.tell();
      for (const name of ["hits", "freed", "depth", "load", "sizes"]) {
        const [got, wanted] = [primary, expected].map((one) => linesOf(textOf(one), name).sort());
        expect(got).toEqual(wanted);
      }
      expect(workers[0]!.tell()).toBe(1);
    }
  });

  it("is told once, in messages of at most a thousand series", () => {
    const primary = exposition();
    const worker = new Worker(primary);
    const points = Array.from({ length: 2500 }, (_, i) => counterPoint("many", 1, { tags: { i: String(i) } }));
    worker.record(points);
    expect(worker.tell()).toBe(3);
    expect(worker.tell()).toBe(1);
    expect(linesOf(textOf(primary), "many_total{").filter((line) => line.endsWith(" 1"))).toHaveLength(2500);
  });

  it("ends with gauges that go and totals that stay", () => {
    const primary = exposition();
    const worker = new Worker(primary);
    worker.record([counterPoint("hits", 3), gaugePoint("depth", 2)]);
    worker.tell();
    expect(sampleOf(textOf(primary), "depth")).toBe(2);
    worker.record([counterPoint("hits", 1)], true);
    worker.tell();
    expect(sampleOf(textOf(primary), "depth")).toBeUndefined();
    expect(sampleOf(textOf(primary), "hits_total")).toBe(4);
    expect(linesOf(textOf(primary), "giflab_instance_info")).toEqual([]);
  });

  it("in other buckets is sorted into those that surely hold it", () => {
    const primary = exposition({ buckets: [1, 10, 100] });
    const worker = new Worker(primary, { buckets: [0.5, 5, 10, 1000] });
    worker.record([timerPoint("load", [0.1, 3, 7, 500, 5000])]);
    worker.tell();
    expect(linesOf(textOf(primary), "load_seconds_bucket")).toEqual([
      'load_seconds_bucket{le="1.0"} 1',
      'load_seconds_bucket{le="10.0"} 3',
      'load_seconds_bucket{le="100.0"} 3',
      'load_seconds_bucket{le="+Inf"} 5',
    ]);
  });

  it("of a metric that is another kind in the primary is left out, and nothing else", () => {
    const primary = exposition();
    primary.fold(snapshotOf({ points: [gaugePoint("load", 1)] }));
    const worker = new Worker(primary);
    worker.record([counterPoint("load", 5), counterPoint("hits", 2), timerPoint("wait", [1])]);
    worker.tell();
    const text = textOf(primary);
    expect(sampleLines(text).filter((line) => line.startsWith("load"))).toEqual(["load 1"]);
    expect(sampleOf(text, "hits_total")).toBe(2);
    expect(sampleOf(text, "wait_seconds_count")).toBe(1);
    expect(sampleOf(text, "giflab_exposition_refused_metrics")).toBe(1);
  });
});

describe("coalesced work", () => {
  it("meets each request with a run that begins after it, one at a time", async () => {
    const ends: (() => void)[] = [];
    const work = new CoalescedWork(() => new Promise((resolve) => ends.push(resolve)));
    const order: string[] = [];
    void work.run().then(() => order.push("first"));
    void work.run().then(() => order.push("second"));
    const third = work.run().then(() => order.push("third"));
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(2);
    expect(order).toEqual(["first"]);
    ends[1]?.();
    await third;
    expect(order).toEqual(["first", "second", "third"]);
    expect(ends).toHaveLength(2);
  });
});
