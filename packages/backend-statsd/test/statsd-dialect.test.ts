import { counterPoint, gaugePoint, histogramPoint, timerPoint } from "@giflab/backend-testkit";
import type { SnapshotPoint, Tags } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SnapshotLines } from "../src/snapshot-lines.ts";
import { STATSD_DIALECTS, type StatsdDialect } from "../src/statsd-dialect.ts";

function linesOf(dialect: StatsdDialect, point: SnapshotPoint, sampleRates = true): readonly string[] {
  return new SnapshotLines({ dialect, prefix: "", timerSamples: 100, sampleRates }).of(point);
}

const headOf = (dialect: StatsdDialect, name: string, tags: Tags): string =>
  linesOf(dialect, counterPoint(name, 1, { tags }))[0]!;

describe("lines of each dialect", () => {
  const tags = { tier: "memory", cache: "frame" };

  it.each<[StatsdDialect, string[]]>([
    ["etsy", ["hits.cache--frame.tier--memory:2|c", "depth:0|g\ndepth:-5|g", "load:250|ms", "size:7|ms"]],
    ["graphite", ["hits;cache=frame;tier=memory:2|c", "depth:0|g\ndepth:-5|g", "load:250|ms", "size:7|ms"]],
    ["dogstatsd", ["hits:2|c|#cache:frame,tier:memory", "depth:-5|g", "load:250|ms", "size:7|h"]],
    ["influx", ["hits,cache=frame,tier=memory:2|c", "depth:0|g\ndepth:-5|g", "load:250|ms", "size:7|h"]],
  ])("are golden for %s", (dialect, expected) => {
    const points = [
      counterPoint("hits", 2, { tags }),
      gaugePoint("depth", -5),
      timerPoint("load", [0.25]),
      histogramPoint("size", [7]),
    ];
    expect(points.flatMap((point) => linesOf(dialect, point))).toEqual(expected);
  });

  it("puts the sample rate before the tags of DogStatsD", () => {
    const lines = linesOf("dogstatsd", timerPoint("t", Array(400).fill(0.5), { tags: { a: "b" } }));
    expect(lines).toHaveLength(100);
    expect(new Set(lines)).toEqual(new Set(["t:500|ms|@0.25|#a:b"]));
  });

  it("leaves the sample rate out where the server would divide by it", () => {
    expect(new Set(linesOf("etsy", timerPoint("t", Array(400).fill(0.5)), false))).toEqual(new Set(["t:500|ms"]));
  });

  it("says how many values each line stands for, in digits alone and to the last call", () => {
    const lines = linesOf("etsy", timerPoint("t", Array(12_345).fill(0.5)));
    const weights = lines.map((line) => 1 / Number(/\|@([\d.]+)$/.exec(line)![1]));
    expect(weights.reduce((sum, weight) => sum + Math.round(weight), 0)).toBe(12_345);
    for (const weight of weights) expect(Math.abs(weight - Math.round(weight))).toBeLessThan(1e-12);
  });

  it("refuses values below zero where the server would, and says so", () => {
    for (const dialect of ["etsy", "graphite"] as const) {
      expect(() => linesOf(dialect, histogramPoint("drift", [-1, 2]))).toThrow(
        expect.objectContaining({ code: "REJECTED", message: expect.stringContaining("drift has values below zero") }),
      );
    }
    expect(linesOf("influx", histogramPoint("drift", [-1, 2]))).toEqual(["drift:-1|h", "drift:2|h"]);
  });

  it("keeps the tag that Graphite itself uses for the name out of it", () => {
    expect(linesOf("graphite", counterPoint("hits", 1, { tags: { name: "x", rename: "y" } }))).toEqual([
      "hits;_name-bde4b995=x;rename=y:1|c",
    ]);
  });

  it.each(STATSD_DIALECTS)("keeps any two series of %s apart and each on one line of safe characters", (dialect) => {
    const text = fc.oneof(
      fc.constantFrom(
        "a",
        "b",
        "a.b",
        "a--b",
        "-",
        "--",
        "a-",
        "-a",
        "_",
        "a_b",
        "a b",
        "x,b=y",
        "a:b",
        "",
        "é",
        "|#x:y",
      ),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    const series = fc.tuple(text, fc.dictionary(text, text, { maxKeys: 3 }));
    fc.assert(
      fc.property(series, series, ([name, one], [otherName, other]) => {
        const [a, b] = [headOf(dialect, name, one), headOf(dialect, otherName, other)];
        const key = (n: string, t: Tags) => JSON.stringify([n, Object.entries(t).sort()]);
        expect(a === b).toBe(key(name, one) === key(otherName, other));
        expect(a).not.toMatch(/[\n\r]/);
        expect(a.split("|").length).toBe(dialect === "dogstatsd" && Object.keys(one).length > 0 ? 3 : 2);
        if (dialect === "etsy") expect(a).toMatch(/^[A-Za-z0-9_.-]+:1\|c$/);
        if (dialect === "graphite") expect(a).toMatch(/^[\w.-]+(;[\w.-]+=[\w.-]+)*:1\|c$/);
        if (dialect === "influx") expect(a).toMatch(/^[^,=:|@\s]+(,[^,=:|@\s]+=[^,=:|@\s]+)*:1\|c$/);
      }),
      { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 100_000 : 500 },
    );
  });

  it("keeps a text apart from one that was changed into it", () => {
    const changed = headOf("influx", "h", { a: "x y" });
    const [, text] = /a=(x_y-[0-9a-f]{8}):/.exec(changed)!;
    expect(headOf("influx", "h", { a: text! })).not.toBe(changed);
    expect(headOf("influx", "h", { a: "release-1a2b3c4d" })).toBe("h,a=release-1a2b3c4d:1|c");
  });

  it("tells tags from a name that looks like one with tags", () => {
    expect(headOf("etsy", "hits.tier--memory", {})).not.toBe(headOf("etsy", "hits", { tier: "memory" }));
    expect(headOf("etsy", "a", { "b-": "c" })).not.toBe(headOf("etsy", "a", { b: "-c" }));
  });
});
