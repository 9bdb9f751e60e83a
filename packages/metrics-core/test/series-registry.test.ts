import { describe, expect, it } from "vitest";
import { CollectionCursor } from "../src/collection-cursor.ts";
import { ManualClock } from "../src/manual-clock.ts";
import { SeriesRegistry } from "../src/series-registry.ts";

function registry(maxSeriesPerMetric = 1000) {
  const problems: string[] = [];
  const made = new SeriesRegistry({
    clock: new ManualClock(),
    sampling: { rate: 1, random: () => 0 },
    maxSeriesPerMetric,
    onProblem: (reason) => problems.push(reason),
  });
  return { made, problems };
}

describe("SeriesRegistry", () => {
  it("gives the same handle for the same tags in any order and of any type that reads the same", () => {
    const { made } = registry();
    const handle = made.find("m", "counter", { a: "1", b: "2" });
    for (let again = 0; again < 2; again++) {
      expect(made.find("m", "counter", { b: "2", a: "1" })).toBe(handle);
      expect(made.find("m", "counter", { b: 2, a: 1n })).toBe(handle);
      expect(made.find("m", "counter", { a: "1", b: "2", c: undefined, d: null })).toBe(handle);
      expect(made.resolve("m", { kind: "counter" }, { b: "2", a: "1" })).toBe(handle);
    }
    expect(made.all).toHaveLength(1);
    expect(made.all[0]?.descriptor).toEqual({ name: "m", tags: { a: "1", b: "2" }, definition: { kind: "counter" } });
  });

  it("keeps series apart whose tags look alike when joined", () => {
    const { made } = registry();
    const tags = [{ a: "x,b=y" }, { a: "x", b: "y" }, { a: "x" }, {}, { a: "" }, { "": "a" }];
    const handles = new Set(tags.map((one) => made.find("m", "gauge", one)));
    expect(handles.size).toBe(tags.length);
    expect(made.all.map(({ descriptor }) => descriptor.tags)).toEqual(tags);
  });

  it("lists tags sorted by name and frozen, whatever was given, and does not follow later changes of the caller's object", () => {
    const { made } = registry();
    const given: Record<string, string> = { b: "2", a: "1" };
    made.find("m", "counter", given);
    const sorted: Record<string, string> = { a: "3", b: "4" };
    made.find("m", "counter", sorted);
    given["a"] = sorted["a"] = "changed";
    expect(made.all.map(({ descriptor }) => Object.entries(descriptor.tags))).toEqual([
      [
        ["a", "1"],
        ["b", "2"],
      ],
      [
        ["a", "3"],
        ["b", "4"],
      ],
    ]);
    expect(made.all.every(({ descriptor }) => Object.isFrozen(descriptor.tags))).toBe(true);
  });

  it("keeps no symbols of a tag object", () => {
    const { made } = registry();
    made.find("m", "counter", { a: "1", [Symbol("secret")]: "2" } as Record<string, string>);
    expect(Reflect.ownKeys(made.all[0]!.descriptor.tags)).toEqual(["a"]);
  });

  it("cuts long tags and more than 16 to the same series every time, and counts it", () => {
    const { made, problems } = registry();
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${String(i).padStart(2, "0")}`, "v"]));
    const handle = made.find("m", "counter", many);
    expect(made.find("m", "counter", { ...many, t19: "other" })).toBe(handle);
    made.find("m", "counter", { long: "x".repeat(300) });
    expect(made.all.map(({ descriptor }) => Object.keys(descriptor.tags).length)).toEqual([16, 1]);
    expect(made.all[1]?.descriptor.tags["long"]).toHaveLength(256);
    expect(problems).toEqual(["tag_cut", "tag_cut", "tag_cut"]);
  });

  it("keeps nothing of tags that were cut, however often they come", () => {
    const { made, problems } = registry();
    const long = { text: "x".repeat(100_000) };
    for (let again = 0; again < 3; again++) made.find("m", "counter", long);
    // A remembered path would have been found without a word.
    expect(problems).toEqual(["tag_cut", "tag_cut", "tag_cut"]);
    expect(made.all).toHaveLength(1);
  });

  it("gives one overflow handle for everything beyond the cap, and the old handles as before", () => {
    const { made, problems } = registry(3);
    const first = [0, 1, 2].map((i) => made.find("m", "counter", { id: i }));
    const beyond = [3, 4, 3].map((i) => made.find("m", "counter", { id: i }));
    expect(new Set(beyond).size).toBe(1);
    expect(first).not.toContain(beyond[0]);
    expect([0, 1, 2].map((i) => made.find("m", "counter", { id: String(i) }))).toEqual(first);
    expect(made.all.at(-1)?.descriptor.tags).toEqual({ "otel.metric.overflow": "true" });
    expect(made.all).toHaveLength(4);
    expect(problems).toEqual(["series_overflow", "series_overflow", "series_overflow"]);
  });

  it("bounds what shuffled orders of the same tags leave behind", () => {
    const { made } = registry(1);
    const keys = Array.from({ length: 8 }, (_, i) => `k${i}`);
    const orders = Array.from({ length: 200 }, (_, i) =>
      [...keys.slice(i % 8), ...keys.slice(0, i % 8)].toSorted(() => (i % 3) - 1),
    );
    const handles = new Set(
      orders.map((order) => made.find("m", "counter", Object.fromEntries(order.map((key) => [key, "v"])))),
    );
    expect(handles.size).toBe(1);
    expect(made.all).toHaveLength(1);
  });

  it("tells of values that cannot be recorded and keeps the cell as it was", () => {
    const { made, problems } = registry();
    const counter = made.find("c", "counter", {})!;
    const gauge = made.find("g", "gauge", {})!;
    counter.add(2);
    gauge.set(3);
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) counter.add(bad);
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) gauge.set(bad);
    gauge.add(Number.NaN);
    expect(problems).toEqual(Array(6).fill("invalid_value"));
    const values = made.all.map((series) =>
      series.kind === "counter" || series.kind === "gauge" ? series.chunk[series.slot] : undefined,
    );
    expect(values).toEqual([2, 3]);
  });

  it.each<[string, unknown]>([
    ["text that reads as a number", "5"],
    ["a bigint", 5n],
    ["null", null],
    ["a boolean", true],
    ["an object", { valueOf: () => 5 }],
    [
      "an object that throws when it is read",
      {
        valueOf: () => {
          throw new Error("hostile");
        },
      },
    ],
    [
      "an object whose text cannot be had",
      {
        toString: () => {
          throw new Error("hostile");
        },
      },
    ],
    ["a symbol", Symbol("hostile")],
  ])("neither records nor throws for %s, which callers without types may give", (_, hostile) => {
    const { made, problems } = registry();
    const bad = hostile as number;
    const [counter, gauge] = [made.find("c", "counter", {})!, made.find("g", "gauge", {})!];
    const [histogram, timer] = [made.find("h", "histogram", {})!, made.find("t", "timer", {})!];
    counter.add(5);
    gauge.set(5);
    histogram.record(5);
    timer.record(5);
    counter.add(bad);
    gauge.set(bad);
    gauge.add(bad);
    histogram.record(bad);
    timer.record(bad);
    expect(problems).toEqual(Array(5).fill("invalid_value"));
    const cursor = new CollectionCursor(made);
    const points = cursor.collect(0, false, [cursor]);
    expect(points).toMatchObject([
      { kind: "counter", delta: 5 },
      { kind: "gauge", value: 5 },
      { kind: "histogram", sketch: { count: 1, sum: 5, last: 5 } },
      { kind: "timer", sketch: { count: 1, sum: 5, last: 5 } },
    ]);
  });

  it("describes series that were recorded before their metric was defined", () => {
    const { made } = registry();
    made.find("late", "timer", { a: "1" });
    made.find("other", "counter", {});
    made.define({ late: { kind: "timer", unit: "s", description: "Late." } });
    made.find("late", "timer", { a: "2" });
    expect(made.all.map(({ descriptor }) => descriptor.definition.description)).toEqual(["Late.", undefined, "Late."]);
  });
});
