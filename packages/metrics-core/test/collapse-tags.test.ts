import { describe, expect, it } from "vitest";
import { ManualClock, MemoryBackend, MetricsCollector } from "../src/index.ts";

describe("summaries with collapseTags", () => {
  it("merge a metric over its tags, but those its normal range names, and evaluate derived metrics over all", async () => {
    const clock = new ManualClock();
    const memory = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [memory], clock, service: "t" });
    collector.define({
      hits: { kind: "counter" },
      misses: { kind: "counter" },
      rate: { kind: "derived", formula: "hits / (hits + misses)", groupBy: ["type"] },
      duration: { kind: "timer", normalRange: { max: 1, where: { outcome: "hit" } } },
    });
    for (const type of ["a", "b"]) {
      collector.recordCounter("hits", 3, { type });
      collector.recordCounter("misses", 1, { type });
      collector.recordGauge("size", 5, { type });
      for (const outcome of ["hit", "miss"]) collector.recordTimer("duration", type === "a" ? 1 : 3, { type, outcome });
    }
    clock.advance(10);
    await collector.flush();
    const window = { from: clock.now() - 10, to: clock.now() };
    const collapsed = await memory.summaries({ ...window, collapseTags: true });
    expect(
      collapsed.map(({ name, tags, sum, value, last, count, normal }) => [
        name,
        tags,
        sum ?? value ?? last,
        count,
        normal,
      ]),
    ).toEqual([
      ["duration", { outcome: "hit" }, 4, 2, false],
      ["duration", { outcome: "miss" }, 4, 2, null],
      ["hits", {}, 6, 2, null],
      ["misses", {}, 2, 2, null],
      ["rate", {}, 0.75, 0, null],
      ["size", { type: "a" }, 5, 1, null],
      ["size", { type: "b" }, 5, 1, null],
    ]);
    expect(await memory.summaries(window)).toHaveLength(12);
    await collector.close();
  });

  it("keep two kinds of one name apart", async () => {
    const memory = new MemoryBackend();
    const clock = new ManualClock();
    for (const [service, kind] of [
      ["one", "counter"],
      ["two", "histogram"],
    ] as const) {
      const collector = new MetricsCollector({
        backends: [{ name: "open", write: (snapshot) => memory.write(snapshot), close: async () => {} }],
        clock,
        service,
      });
      if (kind === "counter") collector.recordCounter("x", 4, { a: "1" });
      else collector.recordHistogram("x", 9, { a: "1" });
      clock.advance(10);
      await collector.close();
    }
    const found = await memory.summaries({ from: 0, to: clock.now(), collapseTags: true });
    expect(found.map(({ kind, sum }) => [kind, sum])).toEqual(
      expect.arrayContaining([
        ["counter", 4],
        ["histogram", 9],
      ]),
    );
  });
});
