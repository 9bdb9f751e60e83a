import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** A series is its name and its set of tags, compared as data, never as joined text. */
export function tagContract(tested: BackendUnderTest): void {
  const window = { from: TEST_START, to: TEST_START + 100 };
  const lookAlikes = [
    {},
    { a: "x" },
    { a: "x,b=y" },
    { a: "x", b: "y" },
    { "a=x,b": "y" },
    { a: 'x","b":"y' },
    { a: "x|b:y" },
    { a: "x;b=y" },
    { a: "x\u0000b\u0000y" },
    { a: "", b: "" },
    { a: "" },
    { b: "" },
    { "": "a" },
    { A: "x" },
  ];

  describe("tags", () => {
    it("keeps series apart whose tags only look alike when joined", async () => {
      const instance = new TestInstance();
      const points = lookAlikes.map((tags, i) => counterPoint("t.alike", 2 ** i, { tags }));
      await tested.write(instance.flush(points), instance.flush(points));
      const found = await tested.summaries(window);
      expect(found).toHaveLength(lookAlikes.length);
      for (const [i, tags] of lookAlikes.entries()) {
        const same = found.filter((entry) => sameTags(entry.tags, tags));
        expect(
          same.map(({ sum }) => sum),
          JSON.stringify(tags),
        ).toEqual([2 ** (i + 1)]);
      }
    });

    it("filters by exactly the tags asked for and allows further ones", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush(lookAlikes.map((tags) => counterPoint("t.filter", 1, { tags }))));
      const tagsOf = async (tags: Record<string, string>) =>
        (await tested.summaries({ ...window, tags }))
          .map((entry) => entry.tags)
          .sort((a, b) => Object.keys(a).length - Object.keys(b).length);
      expect(await tagsOf({ a: "x" })).toEqual([{ a: "x" }, { a: "x", b: "y" }]);
      expect(await tagsOf({ b: "y", a: "x" })).toEqual([{ a: "x", b: "y" }]);
      expect(await tagsOf({ a: "x,b=y" })).toEqual([{ a: "x,b=y" }]);
      expect(await tagsOf({ a: "" })).toEqual([{ a: "" }, { a: "", b: "" }]);
      expect(await tagsOf({ c: "" })).toEqual([]);
      expect(await tagsOf({ toString: "x" })).toEqual([]);
    });

    it("merges the same tags given in another order by another process", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      await tested.write(one.flush([counterPoint("t.order", 1, { tags: { a: "1", b: "2" } })]));
      const unsorted = counterPoint("t.order", 2);
      const series = { ...unsorted.series, tags: { b: "2", a: "1" } };
      await tested.write(other.flush([{ ...unsorted, series }]));
      expect(await tested.summary(window)).toMatchObject({ sum: 3, tags: { a: "1", b: "2" } });
    });

    it("filters before anything is limited: 499 series of 2,499 are found, and their points", async () => {
      const instance = new TestInstance();
      const points = Array.from({ length: 2499 }, (_, i) =>
        gaugePoint("t.many", i, { tags: { id: String(i), wanted: i >= 2000 ? "yes" : "no" } }),
      );
      await tested.write(instance.flush(points));
      expect(await tested.summaries({ ...window, tags: { wanted: "yes" } })).toHaveLength(499);
      expect(await tested.points({ tags: { wanted: "yes" } })).toHaveLength(499);
    });

    it("keeps the same name with other tags apart as gauges too", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flush([
          gaugePoint("t.gauge", 1, { tags: { cache: "frame" } }),
          gaugePoint("t.gauge", 2, { tags: { cache: "resize" } }),
        ]),
      );
      const found = await tested.summaries(window);
      expect(found.map(({ tags, last }) => [tags["cache"], last])).toEqual([
        ["frame", 1],
        ["resize", 2],
      ]);
    });
  });
}

function sameTags(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(other);
  return Object.keys(one).length === entries.length && entries.every(([key, value]) => one[key] === value);
}
