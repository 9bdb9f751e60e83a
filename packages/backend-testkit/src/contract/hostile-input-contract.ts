import { describe, expect, it } from "vitest";
import type { BackendCapabilities } from "../backend-capabilities.ts";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, histogramPoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

const HOSTILE = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "line\nbreak",
  "nul\u0000byte",
  "tab\tand\rreturn",
  "\u202eright-to-left",
  "\ufeffbom",
  "emoji 👩‍👩‍👧 🏳️‍🌈",
  "Größe",
  "é",
  "e\u0301",
  "x'; DROP TABLE metrics; --",
  '"quoted"',
  "back\\slash",
  "a:1|c|#b:c",
  'a{b="c"} 1',
  "%s%n",
  "*",
  "../../etc/passwd",
  "9".repeat(400),
  "x".repeat(10_000),
] as const;

/** Names, tags and numbers that no program would use and that one day come anyway. */
export function hostileInputContract(tested: BackendUnderTest, capabilities: BackendCapabilities): void {
  const points = () => [
    ...HOSTILE.map((name) => counterPoint(name, 1)),
    ...HOSTILE.map((text) => gaugePoint("h.values", 1, { tags: Object.fromEntries([["tag", text]]) })),
    ...HOSTILE.map((text) => timerPoint("h.keys", [1], { tags: Object.fromEntries([[text, "value"]]) })),
  ];

  describe("hostile input", () => {
    it("accepts hostile names, tag names and tag values, again and again", async () => {
      const instance = new TestInstance({ service: "x'; --\n\u0000", host: "", version: "" });
      await tested.write(instance.flush(points()), instance.flush(points()));
      await tested.backend.flush?.();
    });

    it("accepts the ends of the number range", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flush([
          counterPoint("h.max", Number.MAX_VALUE),
          counterPoint("h.tiny", Number.MIN_VALUE),
          gaugePoint("h.minus", -Number.MAX_VALUE),
          gaugePoint("h.negative-zero", -0),
          histogramPoint("h.spread", [-1e300, -1e-300, 0, 1e-300, 1e300]),
        ]),
      );
      await tested.backend.flush?.();
    });

    it("accepts text that is not valid Unicode", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([counterPoint("h.\ud800", 1, { tags: { "\udc00": "\ud83d" } })]));
    });

    if (!capabilities.read) return;

    it("gives hostile names and tags back as they were", async () => {
      const instance = new TestInstance({ service: "x'; --", host: "höst\n" });
      await tested.write(instance.flush(points()));
      const found = await tested.summaries({ from: TEST_START, to: instance.end });
      const counters = found.filter(({ kind }) => kind === "counter").map(({ name }) => name);
      expect(counters.sort()).toEqual([...HOSTILE].sort());
      const values = found.filter(({ name }) => name === "h.values").map(({ tags }) => tags["tag"]);
      expect(values.sort()).toEqual([...HOSTILE].sort());
      const keys = found.filter(({ name }) => name === "h.keys").flatMap(({ tags }) => Object.keys(tags));
      expect(keys.sort()).toEqual([...HOSTILE].sort());
      expect((await tested.points({ service: "x'; --" }))[0]?.instance).toEqual(instance.identity);
    });

    it("filters by a hostile tag as by any other", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush(points()));
      const window = { from: TEST_START, to: instance.end };
      for (const text of HOSTILE) {
        const found = await tested.summaries({ ...window, tags: Object.fromEntries([["tag", text]]) });
        expect(found, JSON.stringify(text.slice(0, 40))).toHaveLength(1);
        const keyed = await tested.summaries({ ...window, tags: Object.fromEntries([[text, "value"]]) });
        expect(keyed, JSON.stringify(text.slice(0, 40))).toHaveLength(1);
      }
      expect(({} as Record<string, unknown>)["value"]).toBeUndefined();
    });
  });
}
