import { ManualClock } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Eviction, MemoryTier, type MemoryTierOptions } from "../../src/caching/memory-tier.ts";
import { SeededRandom } from "./seeded-random.ts";

function tier(options: Partial<MemoryTierOptions> = {}) {
  const clock = new ManualClock();
  const evictions: Eviction[] = [];
  const memory = new MemoryTier<string>({
    limitBytes: 100,
    ttlSeconds: 60,
    policy: "lru",
    clock,
    onEvict: (eviction) => evictions.push(eviction),
    ...options,
  });
  return { memory, clock, evicted: () => evictions.flatMap(({ keys }) => keys), evictions };
}

describe("MemoryTier", () => {
  test("makes room by dropping the entry used longest ago", () => {
    const { memory, evicted } = tier();
    for (const key of ["a", "b", "c"]) memory.set(key, key, 30);
    memory.get("a");
    memory.set("d", "d", 30);
    expect(evicted()).toEqual(["b"]);
    expect(["a", "b", "c", "d"].filter((key) => memory.has(key))).toEqual(["a", "c", "d"]);
  });

  test("refuses an entry larger than the whole tier and keeps the others", () => {
    const { memory, evicted } = tier();
    memory.set("a", "a", 60);
    expect(memory.set("huge", "huge", 101)).toBe(false);
    expect(memory.get("a")).toBe("a");
    expect(evicted()).toEqual([]);
  });

  test("counts the bytes of an overwritten key once, and evicts nothing for them", () => {
    const { memory, evicted } = tier();
    memory.set("a", "old", 60);
    memory.set("b", "b", 30);
    memory.set("a", "new", 70);
    expect(memory.bytes).toBe(100);
    expect(memory.get("a")).toBe("new");
    expect(evicted()).toEqual([]);
  });

  test("lets an entry live for its time from creation, however often it is used", () => {
    const { memory, clock, evictions } = tier();
    memory.set("a", "a", 10);
    clock.advance(59);
    expect(memory.get("a")).toBe("a");
    clock.advance(1);
    expect(memory.get("a")).toBeUndefined();
    expect(evictions).toEqual([{ keys: ["a"], reason: "age", seconds: 0 }]);
    expect(memory.bytes).toBe(0);
  });

  test("starts an entry's time anew with each use when told to", () => {
    const { memory, clock } = tier({ slidingTtl: true });
    memory.set("a", "a", 10);
    for (let use = 0; use < 5; use++) {
      clock.advance(59);
      expect(memory.get("a")).toBe("a");
    }
    clock.advance(60);
    expect(memory.get("a")).toBeUndefined();
  });

  test("keeps what is in steady use through a pass over many others with slru, and loses it with lru", () => {
    const kept = (policy: "lru" | "slru"): boolean => {
      const { memory } = tier({ policy });
      memory.set("steady", "steady", 30);
      memory.get("steady");
      for (let file = 0; file < 20; file++) memory.set(`scan ${file}`, "", 20);
      return memory.has("steady");
    };
    expect(kept("slru")).toBe(true);
    expect(kept("lru")).toBe(false);
  });

  test("answers steady use through scans with slru far better than with lru", () => {
    const hitRate = (policy: "lru" | "slru"): number => {
      const { memory } = tier({ policy });
      const random = new SeededRandom(7);
      let hits = 0;
      let scanned = 0;
      const use = (key: string): boolean => {
        if (memory.get(key) !== undefined) return true;
        memory.set(key, key, 10);
        return false;
      };
      // Six entries in steady use fit beside others; after every 20 uses of them 30 files pass that are used once.
      for (let round = 0; round < 50; round++) {
        for (let at = 0; at < 20; at++) if (use(`steady ${random.below(6)}`)) hits++;
        for (let at = 0; at < 30; at++) use(`scan ${scanned++}`);
      }
      return hits / 1000;
    };
    // With lru every scan costs nearly all six; with slru those used twice before it stay.
    expect(hitRate("lru")).toBeLessThan(0.72);
    expect(hitRate("slru")).toBeGreaterThan(0.97);
  });

  test("lets go of the entries used longest ago until little enough is left, and says how much went", () => {
    const { memory, evictions } = tier();
    for (const key of ["a", "b", "c"]) memory.set(key, key, 30);
    memory.get("a");
    expect(memory.shrinkTo(50)).toBe(60);
    expect(evictions).toEqual([{ keys: ["b", "c"], reason: "pressure", seconds: 0 }]);
    expect([memory.shrinkTo(50), memory.bytes, memory.has("a")]).toEqual([0, 30, true]);
    expect([memory.shrinkTo(-1), memory.bytes]).toEqual([30, 0]);
    expect(memory.set("d", "d", 100)).toBe(true);
  });

  test("gives the room of a removed entry back to those in steady use", () => {
    const { memory, evicted } = tier({ policy: "slru" });
    for (const [key, bytes] of [
      ["gone", 60],
      ["b", 50],
      ["c", 30],
    ] as const) {
      memory.set(key, key, bytes);
      memory.get(key);
      memory.delete("gone");
    }
    memory.set("d", "d", 20);
    memory.set("e", "e", 20);
    expect(evicted()).toEqual(["d"]);
  });

  test("holds at most its limit, and exactly the bytes of its entries, whatever is done to it", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const action = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key, bytes: fc.integer({ min: 0, max: 120 }) }),
      fc.record({ do: fc.constantFrom("get" as const, "delete" as const), key }),
      fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ do: fc.constant("shrink" as const), bytes: fc.integer({ min: 0, max: 120 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.constantFrom("lru" as const, "slru" as const),
        (actions, policy) => {
          const { memory, clock, evicted } = tier({ policy });
          const put = new Set<string>();
          for (const step of actions) {
            if (step.do === "set" && memory.set(step.key, step.key, step.bytes)) put.add(step.key);
            else if (step.do === "get") {
              const value = memory.get(step.key);
              expect(value === undefined || value === step.key).toBe(true);
            } else if (step.do === "delete") memory.delete(step.key);
            else if (step.do === "shrink") {
              const before = memory.bytes;
              expect(memory.shrinkTo(step.bytes)).toBe(before - memory.bytes);
              expect(memory.bytes).toBeLessThanOrEqual(step.bytes);
            } else if (step.do === "wait") clock.advance(step.seconds);
            const entries = [...memory.entries()];
            expect(entries.length).toBe(memory.size);
            expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(memory.bytes);
            expect(memory.bytes).toBeLessThanOrEqual(100);
          }
          for (const gone of evicted()) expect(put.has(gone)).toBe(true);
        },
      ),
      { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 5000 : 200 },
    );
  });
});
