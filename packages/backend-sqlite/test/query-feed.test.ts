import { counterPoint, gaugePoint, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
describe("a query", () => {
  it("sees gauges and idle counters that were stated before its window", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    store.writeSync(instance.flush([gaugePoint("level", 3), counterPoint("calls", 5), timerPoint("load", [1])]));
    for (let flush = 0; flush < 40; flush++) store.writeSync(instance.flush());
    const found = await store.summaries({ from: instance.end - 60, to: instance.end });
    expect(found.map(({ name, sum, last, count, stale }) => [name, sum, last, count, stale])).toEqual([
      ["calls", 0, undefined, 0, false],
      ["level", undefined, 3, 0, false],
      ["load", 0, undefined, 0, false],
    ]);
  });

  it("takes the latest of several earlier statements", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    for (let value = 1; value <= 30; value++) store.writeSync(instance.flush([gaugePoint("level", value)]));
    const [level] = await store.summaries({ from: instance.end, to: instance.end + 10 });
    expect(level).toMatchObject({ last: 30, count: 0, stale: false });
  });

  it("counts an instance that writes every half hour beside one that writes every ten seconds", async () => {
    const store = folder.open();
    const slow = new TestInstance({ flushIntervalSeconds: 1800 });
    const fast = new TestInstance({ start: slow.end + 1800 + 1400 });
    store.writeSync(slow.flush([gaugePoint("level", 3, { merge: "sum" })]));
    for (let i = 0; i < 10; i++) store.writeSync(fast.flush([gaugePoint("level", 1, { merge: "sum" })]));
    const [level] = await store.summaries({ from: fast.end - 50, to: fast.end });
    expect(level).toMatchObject({ last: 4, stale: false });
  });

  it("prefers the instance that ended last for a gauge that nobody alive states", async () => {
    const store = folder.open();
    for (const value of [1, 2, 3]) {
      const instance = new TestInstance({ start: folder.clock.now() + value * 1000 });
      store.writeSync(instance.flush([gaugePoint("level", value)], { final: true }));
    }
    const from = folder.clock.now() + 86_400;
    const alive = new TestInstance({ start: from });
    store.writeSync(alive.flush([counterPoint("calls", 1)]));
    const [, level] = await store.summaries({ from, to: alive.end });
    expect(level).toMatchObject({ name: "level", last: 3, stale: true });
  });

  it("reads a long window in many short transactions and still answers as one", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    const points = Array.from({ length: 200 }, (_, i) => timerPoint(`t${i}`, [0.1, 0.2, 0.3]));
    for (let flush = 0; flush < 150; flush++) store.writeSync(instance.flush(points));
    let turns = 0;
    let answered = false;
    const turn = (): void => {
      turns++;
      if (!answered) setImmediate(turn);
    };
    setImmediate(turn);
    const found = await store.summaries({ from: 0, to: instance.end });
    answered = true;
    expect(found).toHaveLength(200);
    expect(found.every(({ count, p50 }) => count === 450 && Math.abs(p50! - 0.2) < 0.002)).toBe(true);
    expect(turns).toBeGreaterThan(1);
  });
});
