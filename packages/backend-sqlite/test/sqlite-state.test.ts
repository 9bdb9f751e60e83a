import { describe, expect, it } from "vitest";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();

describe("state documents", () => {
  it("that are deleted and made again are not taken for the former ones", async () => {
    const store = folder.open();
    const read = await store.compareAndSet("lease", 0, "mine");
    const other = folder.open();
    expect(await other.compareAndSet("lease", read!, undefined)).toBe(0);
    expect(await other.compareAndSet("lease", 0, "theirs")).toBeGreaterThan(read!);
    expect(await store.compareAndSet("lease", read!, "mine still")).toBeUndefined();
    expect((await store.get("lease"))?.value).toBe("theirs");
  });

  it("are read from a store that is opened for reading, and kept when the metrics are cleared", async () => {
    const store = folder.open();
    await store.compareAndSet("rule/a", 0, "1");
    await store.clear();
    const reader = folder.open({ readonly: true });
    expect(await reader.list("rule/")).toEqual([{ key: "rule/a", value: "1", version: 1 }]);
  });

  it("under keys with odd characters are found by their beginning", async () => {
    const store = folder.open();
    for (const key of ["a\u0000b", "a\u0000c", "a", "ab", "\u{1F600}x", "\uFFFDx"])
      await store.compareAndSet(key, 0, "1");
    const keys = async (prefix: string): Promise<string[]> => (await store.list(prefix)).map(({ key }) => key);
    expect(await keys("a\u0000")).toEqual(["a\u0000b", "a\u0000c"]);
    expect(await keys("\u{1F600}")).toEqual(["\u{1F600}x"]);
    expect(await keys("a")).toHaveLength(4);
  });
});
