import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  snapshotOf,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import type { MetricSnapshot, NamedDefinition } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { BucketChoice } from "../src/bucket-choice.ts";
import { InstanceLines, type LineOptions } from "../src/instance-lines.ts";
import { readLine } from "./read-line.ts";

const defaults: LineOptions = { tags: {}, instance: "i1", buckets: new BucketChoice(false), bucketFields: "all" };

function writer(options: Partial<LineOptions> = {}) {
  const instance = new TestInstance({ service: "shop", host: "web" });
  const lines = new InstanceLines(instance.identity, { ...defaults, ...options });
  /** What is written of a snapshot, without descriptions. */
  const written = (snapshot: MetricSnapshot) =>
    [...lines.of(snapshot)]
      .flatMap((group) => group.text.split("\n"))
      .filter((line) => !line.startsWith("giflab_metric_info"))
      .slice(1);
  return { instance, lines, written };
}

describe("the lines of an instance", () => {
  it("are a counter's delta and total, a gauge's value, and what a histogram's flush held", () => {
    const { instance, written } = writer();
    const points = [
      counterPoint("hits", 2, { tags: { tier: "disk" } }),
      gaugePoint("depth", -5),
      histogramPoint("size", [1, 3]),
    ];
    written(instance.flush(points));
    expect(written(instance.flush(points))).toEqual([
      "hits,host=web,instance=i1,service=shop,tier=disk delta=2,total=4 1700000020000000000",
      "depth,host=web,instance=i1,service=shop value=-5 1700000020000000000",
      "size,host=web,instance=i1,service=shop " +
        "count=2,sum=4,min=1,max=3,flush_p50=1,flush_p95=3,flush_p99=3 1700000020000000000",
    ]);
  });

  it("sort a timer's values in buckets that hold all up to their bound", () => {
    const buckets = new BucketChoice({ load: [0.1, 1] });
    const { instance, written } = writer({ buckets });
    const found = written(instance.flush([timerPoint("load", [0.05, 0.5, 0.5, 7], { tags: { zone: "z" } })])).slice(1);
    expect(found).toEqual([
      "load,host=web,instance=i1,le=0.1,service=shop,zone=z bucket=1,bucket_below=0,bucket_of=4,bound=0.1,lower=0 1700000010000000000",
      "load,host=web,instance=i1,le=1,service=shop,zone=z bucket=3,bucket_below=1,bucket_of=4,bound=1,lower=0.1 1700000010000000000",
      "load,host=web,instance=i1,le=+Inf,service=shop,zone=z bucket=4,bucket_below=3,bucket_of=4,lower=1 1700000010000000000",
    ]);
    const few = writer({ buckets, bucketFields: "count" });
    const counts = few.written(few.instance.flush([timerPoint("load", [0.05, 0.5])])).slice(1);
    expect(counts.map((line) => Object.keys(readLine(line).fields))).toEqual([["bucket"], ["bucket"], ["bucket"]]);
  });

  it("have bounds in the metric's own unit, or none where none are wanted", () => {
    const { instance, written } = writer({ buckets: new BucketChoice({ "plain.*": false }) });
    const bounds = (lines: readonly string[]) =>
      lines.map((line) => readLine(line).tags["le"]).filter((le) => le !== undefined);
    const milliseconds = bounds(written(instance.flush([histogramPoint("wait", [2.5], { unit: "ms" })])));
    expect(milliseconds.slice(0, 4)).toEqual(["0.001", "0.0025", "0.005", "0.01"]);
    expect(milliseconds.at(-2)).toBe("100000");
    expect(bounds(written(instance.flush([timerPoint("plain.load", [1])])))).toEqual([]);
  });

  it("say of an empty histogram that it is alive, and add to no bucket", () => {
    const { instance, written } = writer({ buckets: new BucketChoice({}) });
    const found = written(instance.flush([timerPoint("idle", [])]));
    expect(found).toEqual(["idle,host=web,instance=i1,service=shop count=0,sum=0 1700000010000000000"]);
  });

  it("leave out what no number can say: the sum of values that are too large for one", () => {
    const { instance, written } = writer();
    const [line] = written(instance.flush([histogramPoint("huge", [Number.MAX_VALUE, Number.MAX_VALUE])]));
    expect(readLine(line!).fields).toMatchObject({ count: 2, max: Number.MAX_VALUE });
    expect(readLine(line!).fields).not.toHaveProperty("sum");
  });

  it("rename a metric's tags that have a meaning of their own, and keep each of them", () => {
    const { instance, written } = writer({ tags: { region: "eu", rack: "r1" } });
    const tags = { service: "s", tag_service: "t", le: "l", time: "now", count: "c", region: "us" };
    const [line] = written(instance.flush([counterPoint("hits", 1, { tags })]));
    expect(readLine(line!).tags).toEqual({
      service: "shop",
      host: "web",
      instance: "i1",
      rack: "r1",
      region: "us",
      tag_service: "t",
      tag_tag_service: "s",
      tag_le: "l",
      tag_time: "now",
      tag_count: "c",
    });
  });

  it("repeat the inputs of derived metrics in one measurement, with 0 for a counter that did not change", () => {
    const derived: NamedDefinition[] = [
      { name: "rate", kind: "derived", formula: "hits / (hits + misses)" },
      { name: "usage", kind: "derived", formula: "memory / limit" },
      { name: "broken", kind: "derived", formula: "a +" },
    ];
    const instance = new TestInstance({ service: "shop", host: "web", derived });
    const lines = new InstanceLines(instance.identity, defaults);
    const points = [counterPoint("hits", 3, { tags: { tier: "disk" } }), gaugePoint("memory", 7)];
    const written = [...lines.of(instance.flush(points))].flatMap((group) => group.text.split("\n"));
    expect(written.filter((line) => /^(rate|usage|broken),/.test(line))).toEqual([
      "rate,host=web,instance=i1,service=shop,tier=disk hits=3 1700000010000000000",
      "usage,host=web,instance=i1,service=shop memory=7 1700000010000000000",
      "rate,host=web,instance=i1,service=shop misses=0 1700000010000000000",
    ]);
  });

  it("tell of every flush who wrote it, and whether it was the last", () => {
    const { instance, lines } = writer();
    const flushes = [instance.flush(), instance.flush([], { final: true, seconds: 2 })];
    const first = flushes.map((snapshot) => readLine([...lines.of(snapshot)][0]!.text));
    expect(first.map(({ measurement }) => measurement)).toEqual(["giflab.instance", "giflab.instance"]);
    expect(first[0]!.tags).toMatchObject({ pid: String(instance.identity.pid), thread: "0", version: "1.0.0" });
    expect(first.map(({ fields }) => [fields["up"], fields["seconds"]])).toEqual([
      [1, 10],
      [0, 2],
    ]);
  });

  it("describe a metric when it is new and every ten minutes", () => {
    const { instance, lines } = writer();
    const point = gaugePoint("memory_mb", 1, { unit: "MB", description: "two\nlines", merge: "sum", system: "frame" });
    const described = Array.from({ length: 61 }, () =>
      [...lines.of(instance.flush([point]))]
        .flatMap((group) => group.text.split("\n"))
        .filter((line) => line.startsWith("giflab_metric_info")),
    );
    expect(described.flatMap((found, flush) => (found.length === 0 ? [] : [flush]))).toEqual([0, 60]);
    const { tags, fields } = readLine(described[0]![0]!);
    expect(fields).toEqual({ value: 1 });
    expect(tags).toEqual({
      service: "shop",
      metric: "memory_mb",
      exposed: "memory_mb",
      kind: "gauge",
      unit: "MB",
      merge: "sum",
      system: "frame",
      description: "two lines",
    });
  });

  it("go on with a counter's total when another object describes the same series", () => {
    const { lines, instance } = writer();
    const totals = [1, 2].map((sequence) => {
      const snapshot = snapshotOf({ instance: instance.identity, sequence, points: [counterPoint("hits", 2)] });
      const line = [...lines.of(snapshot)]
        .flatMap((group) => group.text.split("\n"))
        .find((one) => one.startsWith("hits"));
      return readLine(line!).fields["total"];
    });
    expect(totals).toEqual([2, 4]);
  });

  it("refuse a histogram of a layout that this version does not know", () => {
    const { lines, instance } = writer();
    const point = histogramPoint("size", [1]);
    const foreign = { ...point, sketch: { ...point.sketch, layout: "other" } };
    expect(() => [...lines.of(instance.flush([foreign]))]).toThrow(expect.objectContaining({ code: "REJECTED" }));
  });
});
