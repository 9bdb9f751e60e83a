import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FrameHasher, loadFrameHasher } from "../../src/caching/frame-hash.ts";
import type { MetricQuery } from "../../src/caching/metric-query.ts";
import { ValidationCache, type ValidationCacheOptions } from "../../src/caching/validation-cache.ts";
import { recordMessages } from "./recorded-messages.ts";
import { scratchFolder } from "./scratch-folder.ts";

const MB = 2 ** 20;
const ssim: MetricQuery = { metric: "ssim", frames: ["a", "b"] };

let folder: string;
let clock: ManualClock;
const open: ValidationCache[] = [];

beforeEach(() => {
  folder = scratchFolder();
  clock = new ManualClock();
});

afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

function newCache(options: ValidationCacheOptions = {}): ValidationCache {
  const cache = new ValidationCache({
    diskPath: join(folder, "validation_cache.db"),
    clock,
    onWarning: (message) => expect.unreachable(message),
    ...options,
  });
  open.push(cache);
  return cache;
}

describe("ValidationCache", () => {
  test("returns what was measured, a number or several", () => {
    const cache = newCache();
    cache.put(ssim, 0.98);
    cache.put({ ...ssim, metric: "gradient_color" }, { gradient: 0.5, color: 0.25 });
    expect(cache.get(ssim)).toBe(0.98);
    expect(cache.get({ ...ssim, metric: "gradient_color" })).toEqual({ gradient: 0.5, color: 0.25 });
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 0, hitRate: 1, memoryEntries: 2 });
  });

  test.each<[string, MetricQuery]>([
    ["another metric", { ...ssim, metric: "mse" }],
    ["the frames the other way round", { ...ssim, frames: ["b", "a"] }],
    ["another frame", { ...ssim, frames: ["a", "c"] }],
    ["frames whose texts only run together alike", { ...ssim, frames: ["ab", ""] }],
    ["another configuration", { ...ssim, config: { scales: 5 } }],
    ["other positions", { ...ssim, indices: [0, 1] }],
  ])("takes %s for something else", (_, query) => {
    const cache = newCache();
    cache.put(ssim, 0.98);
    expect(cache.get(query)).toBeUndefined();
  });

  test("does not care for the order of a configuration's keys", () => {
    const cache = newCache();
    cache.put({ ...ssim, config: { scales: 5, window: 7 } }, 0.9);
    expect(cache.get({ ...ssim, config: { window: 7, scales: 5 } })).toBe(0.9);
  });

  test("computes what it does not know, once", () => {
    const cache = newCache();
    let computed = 0;
    const compute = () => {
      computed++;
      return 0.5;
    };
    expect([cache.getOrCompute(ssim, compute), cache.getOrCompute(ssim, compute)]).toEqual([0.5, 0.5]);
    expect(computed).toBe(1);
  });

  test("finds in a new cache what another has put, with its type", async () => {
    const first = newCache();
    first.put(ssim, 0.98);
    first.put({ ...ssim, metric: "gradient_color" }, { gradient: 0.5 });
    await first.close();
    const second = newCache();
    expect(second.get(ssim)).toBe(0.98);
    expect(second.get({ ...ssim, metric: "gradient_color" })).toEqual({ gradient: 0.5 });
    expect(second.stats()).toMatchObject({ hits: 2, diskEntries: 2, entriesByMetric: { ssim: 1, gradient_color: 1 } });
  });

  test("forgets a value after two days", () => {
    const cache = newCache({ diskLimitMb: 0 });
    cache.put(ssim, 0.98);
    clock.advance(172_799);
    expect(cache.get(ssim)).toBe(0.98);
    clock.advance(1);
    expect(cache.get(ssim)).toBeUndefined();
    expect(cache.stats()).toMatchObject({ evictions: 1, memoryEntries: 0 });
  });

  test("counts a key that is overwritten once", () => {
    const cache = newCache();
    cache.put(ssim, 0.5);
    const { memoryBytes } = cache.stats();
    cache.put(ssim, 0.6);
    expect(cache.stats()).toMatchObject({ memoryBytes, memoryEntries: 1 });
    expect(cache.get(ssim)).toBe(0.6);
  });

  test("does not keep what is not a finite number, as JSON would change it", async () => {
    const cache = newCache();
    expect(cache.put(ssim, Number.POSITIVE_INFINITY)).toBe(false);
    expect(cache.put(ssim, { a: Number.NaN })).toBe(false);
    expect(cache.get(ssim)).toBeUndefined();
    expect(cache.getOrCompute(ssim, () => Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  test("leaves metrics alone that are switched off", () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache({ metrics: { ssim: false } });
    expect(cache.put(ssim, 0.5)).toBe(false);
    expect(cache.get(ssim)).toBeUndefined();
    cache.put({ ...ssim, metric: "mse" }, 3);
    expect(cache.get({ ...ssim, metric: "mse" })).toBe(3);
    expect(messages).toHaveLength(2);
  });

  test("drops one metric's values everywhere and keeps the others", async () => {
    const cache = newCache();
    cache.put(ssim, 0.5);
    cache.put({ ...ssim, frames: ["c", "d"] }, 0.6);
    cache.put({ ...ssim, metric: "mse" }, 3);
    expect(await cache.invalidateByMetric("ssim")).toBe(2);
    expect(cache.get(ssim)).toBeUndefined();
    expect(cache.get({ ...ssim, metric: "mse" })).toBe(3);
    expect(cache.stats().entriesByMetric).toEqual({ mse: 1 });
  });

  test("takes a damaged row for a miss and removes it", async () => {
    const first = newCache();
    first.put(ssim, 0.98);
    await first.close();
    const database = new Database(join(folder, "validation_cache.db"));
    database.prepare("UPDATE entry SET data = CAST('0.97' AS BLOB)").run();
    database.close();
    const second = newCache();
    expect(second.get(ssim)).toBeUndefined();
    await second.flush();
    expect(second.stats().diskEntries).toBe(0);
  });

  test("evicts the values used longest ago when memory is full", () => {
    const cache = newCache({ memoryLimitMb: 900 / MB, diskLimitMb: 0 });
    const query = (name: string): MetricQuery => ({ ...ssim, frames: [name, "b"] });
    for (const name of ["a", "b", "c"]) cache.put(query(name), 0.5);
    cache.get(query("a"));
    cache.put(query("d"), 0.5);
    expect(["a", "b", "c", "d"].map((name) => cache.get(query(name)))).toEqual([0.5, undefined, 0.5, 0.5]);
    expect(cache.stats().evictions).toBe(1);
  });

  test("clear reaches other caches on the same file within a second", async () => {
    const running = newCache();
    running.put(ssim, 0.98);
    await running.flush();
    expect(await newCache().clear()).toBe(true);
    clock.advance(0.5);
    expect(running.get(ssim)).toBeUndefined();
  });

  test("tells of each look-up once, tagged with metric type, and hits with their tier", async () => {
    const first = newCache();
    first.put(ssim, 0.98);
    await first.close();
    const messages = recordMessages("giflab:cache");
    const cache = newCache();
    cache.get({ ...ssim, metric: "mse" });
    cache.get(ssim);
    cache.get(ssim);
    expect(messages.map(({ cache: name, operation, outcome, tags }) => [name, operation, outcome, tags])).toEqual([
      ["validation", "get", "miss", { metric_type: "mse" }],
      ["validation", "get", "hit", { metric_type: "ssim", tier: "disk" }],
      ["validation", "get", "hit", { metric_type: "ssim", tier: "memory" }],
    ]);
  });
});

describe("the frame hash", () => {
  let hasher: FrameHasher;
  beforeEach(async () => {
    hasher = await loadFrameHasher();
  });

  test("differs for frames that differ in one byte between any two samples", () => {
    const rgba = new Uint8ClampedArray(4 * 300 * 200);
    const image = { rgba, width: 300, height: 200 };
    const before = hasher(image);
    const seen = new Set([before]);
    for (const at of [1, 7, 12_345, rgba.length - 1]) {
      rgba[at] = 1;
      seen.add(hasher(image));
      rgba[at] = 0;
    }
    expect(seen.size).toBe(5);
    expect(hasher(image)).toBe(before);
  });

  test("differs for the same bytes in another shape", () => {
    const rgba = new Uint8ClampedArray(4 * 12);
    expect(hasher({ rgba, width: 3, height: 4 })).not.toBe(hasher({ rgba, width: 4, height: 3 }));
  });

  test("looks only at the image's own part of a larger buffer", () => {
    const buffer = new ArrayBuffer(64);
    const part = new Uint8ClampedArray(buffer, 16, 16);
    const before = hasher({ rgba: part, width: 2, height: 2 });
    new Uint8Array(buffer).fill(9, 32);
    expect(hasher({ rgba: part, width: 2, height: 2 })).toBe(before);
    expect(hasher({ rgba: new Uint8ClampedArray(16), width: 2, height: 2 })).toBe(before);
  });

  test("makes no false hit: a value of one pair never answers for frames that differ in a byte or in shape only", () => {
    const sides = fc.constantFrom([12, 10], [10, 12], [30, 4], [60, 2], [1, 120], [8, 15]);
    const frame = fc.record({
      at: fc.integer({ min: 0, max: 479 }),
      bit: fc.integer({ min: 0, max: 7 }),
      changed: fc.boolean(),
      sides,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, frame), { minLength: 1, maxLength: 40 }), (pairs) => {
        const cache = newCache({ diskLimitMb: 0 });
        const truth = new Map<string, number>();
        for (const [number, pair] of pairs.entries()) {
          const images = pair.map(({ at, bit, changed, sides: [width, height] }) => {
            const rgba = new Uint8ClampedArray(480).fill(100);
            if (changed) rgba[at]! ^= 1 << bit;
            return { rgba, width: width!, height: height! };
          });
          const identity = JSON.stringify(images.map(({ rgba, width, height }) => [...rgba, width, height]));
          const frames = images.map(hasher) as [string, string];
          const value = cache.getOrCompute({ metric: "ssim", frames }, () => number);
          expect(value).toBe(truth.get(identity) ?? number);
          truth.set(identity, value as number);
        }
      }),
      { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 5000 : 100 },
    );
  });
});
