import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Which series a query is about: name patterns, service, instance, system. */
export function selectorContract(tested: BackendUnderTest): void {
  const window = { from: TEST_START, to: TEST_START + 100 };
  const namesOf = async (match: string | readonly string[]) =>
    (await tested.summaries({ ...window, match })).map(({ name }) => name);

  describe("selecting series", () => {
    it("matches names by glob, in whole, and sorts them", async () => {
      const names = [
        "cache.frame.hits",
        "cache.resize.hits",
        "cachex",
        "my.cache.hits",
        "cache.",
        "cache_hits",
        "CACHE.x",
      ];
      await tested.write(new TestInstance().flush(names.map((name) => counterPoint(name, 1))));
      expect(await namesOf("cache.*")).toEqual(["cache.", "cache.frame.hits", "cache.resize.hits"]);
      expect(await namesOf("cache.frame.hits")).toEqual(["cache.frame.hits"]);
      expect(await namesOf("cache?hits")).toEqual(["cache_hits"]);
      expect(await namesOf("*.hits")).toEqual(["cache.frame.hits", "cache.resize.hits", "my.cache.hits"]);
      expect(await namesOf(["cachex", "CACHE.*"])).toEqual(["CACHE.x", "cachex"]);
      expect(await namesOf("hits")).toEqual([]);
      expect(await namesOf("*")).toHaveLength(names.length);
    });

    it("takes characters literally that mean something in regular expressions or SQL", async () => {
      const names = ["a.b", "aXb", "a%b", "a_b", "a+b", "(a)", "[ab]", "a$", "a\\b"];
      await tested.write(new TestInstance().flush(names.map((name) => counterPoint(name, 1))));
      for (const name of names) expect(await namesOf(name)).toEqual([name]);
    });

    it("gives the series of one service, of one instance, or one entry per instance", async () => {
      const [web, webToo, job] = [
        new TestInstance({ service: "web" }),
        new TestInstance({ service: "web" }),
        new TestInstance({ service: "job" }),
      ];
      await tested.write(web.flush([counterPoint("s.calls", 1), gaugePoint("s.only-web", 1)]));
      await tested.write(webToo.flush([counterPoint("s.calls", 10)]), job.flush([counterPoint("s.calls", 100)]));
      const calls = { ...window, match: "s.calls" };
      expect(await tested.summary(calls)).toMatchObject({ sum: 111, services: ["job", "web"], instance: undefined });
      expect(await tested.summary({ ...calls, service: "web" })).toMatchObject({ sum: 11, services: ["web"] });
      expect(await tested.summary({ ...calls, instance: webToo.identity.writerId })).toMatchObject({ sum: 10 });
      expect(await tested.summaries({ ...window, service: "job", match: "s.only-web" })).toEqual([]);
      expect(await tested.summaries({ ...window, service: "nobody" })).toEqual([]);
      const each = await tested.summaries({ ...calls, byInstance: true });
      const sums = new Map(each.map((entry) => [entry.instance?.writerId, entry.sum]));
      expect(sums).toEqual(
        new Map([
          [web.identity.writerId, 1],
          [webToo.identity.writerId, 10],
          [job.identity.writerId, 100],
        ]),
      );
      expect(each.find(({ sum }) => sum === 100)?.instance).toEqual(job.identity);
    });

    it("filters points and series by the same selectors", async () => {
      const [web, job] = [new TestInstance({ service: "web" }), new TestInstance({ service: "job" })];
      await tested.write(web.flush([timerPoint("s.timer", [1])]), job.flush([timerPoint("s.timer", [2])]));
      expect(await tested.points({ service: "job" })).toMatchObject([
        { name: "s.timer", sum: 2, instance: job.identity },
      ]);
      expect(await tested.points({ instance: web.identity.writerId })).toMatchObject([{ sum: 1 }]);
      const found = await tested.series({
        ...window,
        match: "s.*",
        service: "web",
        stepSeconds: 100,
        statistic: "max",
      });
      expect(found.points).toEqual([[TEST_START + 100, 1]]);
    });

    it("selects by the system that the definition names", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flush([
          counterPoint("s.frame", 1, { system: "frame", description: "In the frame." }),
          counterPoint("s.lazy", 1, { system: "lazy" }),
          counterPoint("s.none", 1),
        ]),
      );
      expect(await tested.summary({ ...window, system: "frame" })).toMatchObject({
        name: "s.frame",
        system: "frame",
        description: "In the frame.",
      });
      expect(await tested.points({ system: "lazy" })).toMatchObject([{ name: "s.lazy" }]);
      expect((await tested.summaries(window)).map(({ system }) => system)).toEqual(["frame", "lazy", undefined]);
    });

    it("judges a value by the normal range that travels with the definition", async () => {
      const instance = new TestInstance();
      const normalRange = { max: 400 };
      await tested.write(
        instance.flush([
          gaugePoint("n.high", 401, { normalRange }),
          gaugePoint("n.low", 400, { normalRange }),
          gaugePoint("n.none", 1),
        ]),
      );
      const found = await tested.summaries({ ...window, match: "n.*" });
      expect(found.map(({ name, normal }) => [name, normal])).toEqual([
        ["n.high", false],
        ["n.low", true],
        ["n.none", null],
      ]);
      expect(found[0]?.normalRange).toEqual(normalRange);
    });
  });
}
