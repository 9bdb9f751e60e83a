import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";

/** Small documents that several processes change at once. */
export function stateContract(tested: BackendUnderTest): void {
  describe("state", () => {
    it("has nothing under a key that was never set", async () => {
      expect(await tested.state.get("nothing")).toBeUndefined();
      expect(await tested.state.list("")).toEqual([]);
    });

    it("counts the versions of a document up from 1", async () => {
      expect(await tested.state.compareAndSet("doc", 0, '"one"')).toBe(1);
      expect(await tested.state.compareAndSet("doc", 1, '"two"')).toBe(2);
      expect(await tested.state.get("doc")).toEqual({ key: "doc", value: '"two"', version: 2 });
    });

    it("refuses a change by somebody who has not read the latest version", async () => {
      await tested.state.compareAndSet("doc", 0, "1");
      expect(await tested.state.compareAndSet("doc", 0, "2")).toBeUndefined();
      expect(await tested.state.compareAndSet("doc", 2, "2")).toBeUndefined();
      expect(await tested.state.compareAndSet("absent", 1, "2")).toBeUndefined();
      expect(await tested.state.get("doc")).toMatchObject({ value: "1", version: 1 });
      expect(await tested.state.get("absent")).toBeUndefined();
    });

    it("deletes a document whose version is known", async () => {
      await tested.state.compareAndSet("doc", 0, "1");
      expect(await tested.state.compareAndSet("doc", 5, undefined)).toBeUndefined();
      expect(await tested.state.compareAndSet("doc", 1, undefined)).toBe(0);
      expect(await tested.state.get("doc")).toBeUndefined();
      expect(await tested.state.compareAndSet("doc", 1, "2")).toBeUndefined();
      expect(await tested.state.compareAndSet("doc", 0, "2")).toBeGreaterThanOrEqual(1);
    });

    it("lets exactly one of many racing changes win", async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => tested.state.compareAndSet("lease", 0, String(i))),
      );
      const winners = results.flatMap((version, i) => (version === undefined ? [] : [i]));
      expect(winners).toHaveLength(1);
      expect(await tested.state.get("lease")).toMatchObject({ value: String(winners[0]), version: 1 });
    });

    it("loses no increment when everybody retries", async () => {
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = await tested.state.get("count");
          const next = String(Number(entry?.value ?? 0) + 1);
          if ((await tested.state.compareAndSet("count", entry?.version ?? 0, next)) !== undefined) return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, increment));
      expect(await tested.state.get("count")).toMatchObject({ value: "10", version: 10 });
    });

    it("lists by prefix, sorted, taking every character literally", async () => {
      for (const key of ["rule/b", "rule/a", "rule%", "rule_x", "rules", "other", "__proto__", "RULE/c"]) {
        await tested.state.compareAndSet(key, 0, JSON.stringify(key));
      }
      const keys = async (prefix: string) => (await tested.state.list(prefix)).map(({ key }) => key);
      expect(await keys("rule/")).toEqual(["rule/a", "rule/b"]);
      expect(await keys("rule%")).toEqual(["rule%"]);
      expect(await keys("rule_")).toEqual(["rule_x"]);
      expect(await keys("__proto__")).toEqual(["__proto__"]);
      expect(await keys("")).toHaveLength(8);
      expect(await tested.state.list("rule/a")).toEqual([{ key: "rule/a", value: '"rule/a"', version: 1 }]);
    });

    it("keeps any text as it is", async () => {
      const value = JSON.stringify({ text: "über 'quoted' \u0000 \u2028 😀", long: "x".repeat(100_000) });
      await tested.state.compareAndSet("ключ 🔑", 0, value);
      expect((await tested.state.get("ключ 🔑"))?.value).toBe(value);
    });
  });
}
