import { counterPoint, gaugePoint, TestInstance } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const DAY = 86_400;
const count = (table: string): number => folder.number(`SELECT count(*) FROM ${table}`);

describe("maintenance", () => {
  it("forgets instances and series of which nothing is left, and keeps those that are still written", async () => {
    const store = folder.open({ retentionDays: 7, rollupDays: 1 });
    const lasting = new TestInstance({ start: folder.clock.now() });
    for (let day = 0; day < 30; day++) {
      const job = new TestInstance({ start: folder.clock.now() });
      store.writeSync(job.flush([counterPoint("jobs", 1, { tags: { day: String(day) } })], { final: true }));
      store.write(lasting.flush([counterPoint("calls", 1)], { seconds: DAY }));
      folder.clock.advance(DAY);
      await new Promise<void>((resolve) => setImmediate(resolve));
      const command = folder.open();
      command.write(new TestInstance({ start: folder.clock.now() }).flush([], { final: true }));
      await command.close();
    }
    expect(count("writer")).toBeLessThan(30);
    expect(count("series")).toBeLessThan(14);
    const found = await store.summaries({ match: "calls", from: 0, to: folder.clock.now() + DAY });
    expect(found[0]?.sum).toBeGreaterThanOrEqual(7);
    store.write(lasting.flush([counterPoint("calls", 100)]));
    const last = await store.summaries({ match: "calls", from: lasting.end - 1, to: lasting.end });
    expect(last[0]?.sum).toBe(100);
  });

  it("does a slice when a short-lived command closes, and none in a write at exit", async () => {
    const store = folder.open({ retentionDays: 1, rollupDays: 1 });
    store.writeSync(new TestInstance({ start: folder.clock.now() - 3 * DAY }).flush([gaugePoint("old", 1)]));
    store.closeSync();
    expect(count("metrics")).toBe(1);
    folder.clock.advance(100);
    const command = folder.open();
    command.write(new TestInstance({ start: folder.clock.now() }).flush([gaugePoint("new", 1)]));
    await command.close();
    expect(count("metrics")).toBe(1);
    expect((await folder.open({ readonly: true }).stats()).oldest).toBeGreaterThan(folder.clock.now() - DAY);
  });

  it("writes the log back in the background, so that it stays short however much is written", async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now() });
    const payload = Array.from({ length: 500 }, () => 0).map((_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));
    let longest = 0;
    for (let flush = 0; flush < 1500; flush++) {
      store.write(instance.flush(payload));
      if (flush % 20 === 0) longest = Math.max(longest, Number((await store.stats()).details["walBytes"]));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(longest).toBeLessThan(4 * 2 ** 20);
    expect((await store.stats()).bytes).toBeGreaterThan(5 * 2 ** 20);
  });
});
