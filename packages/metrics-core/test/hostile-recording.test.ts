import { MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";

const fail = (): never => {
  throw new Error("hostile");
};

describe("recording by name with what callers without types may give", () => {
  it.each<[string, unknown]>([
    ["no tags at all", null],
    ["a number for tags", 5],
    ["text for tags", "x"],
    ["a list for tags", [1, 2]],
    ["a tag whose text cannot be had", { a: { toString: fail } }],
    ["a tag that throws when it is read", Object.defineProperty({}, "a", { enumerable: true, get: fail })],
    ["tags that cannot be listed", new Proxy({}, { ownKeys: fail })],
    ["a tag without a prototype", { a: Object.create(null) }],
    ["a symbol for a tag", { a: Symbol("hostile") }],
    ["a tag named __proto__", JSON.parse('{"__proto__":"x"}')],
  ])("neither throws nor disturbs others for %s", async (_, hostile) => {
    const backend = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [backend], handleSignals: false, onWarning: () => {} });
    const tags = hostile as { a: string };
    for (const name of ["m", "", null, 5, {}, Symbol("n")] as string[]) {
      collector.recordCounter(name, 1, tags);
      collector.recordGauge(`${String(name)}.gauge`, 1, tags);
      collector.recordHistogram(`${String(name)}.histogram`, 1, tags);
      collector.recordTimer(`${String(name)}.timer`, 1, tags);
    }
    collector.recordCounter("good", 1, { a: "b" });
    await collector.flush();
    const now = collector.clock.now();
    const [good] = await backend.summaries({ match: "good", from: now - 100, to: now + 1 });
    expect(good?.sum).toBe(1);
    await collector.close();
  });
});
