import { describe, expect, test } from "vitest";
import { BufferPool } from "../../src/caching/buffer-pool.ts";
import { recordMessages } from "./recorded-messages.ts";

describe("BufferPool", () => {
  test("uses a released buffer again for the same size only", () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(64);
    pool.release(buffer);
    expect(pool.acquire(32)).not.toBe(buffer);
    expect(pool.acquire(64)).toBe(buffer);
    expect(pool.stats()).toMatchObject({ allocations: 2, reuses: 1, reuseRate: 1 / 3 });
  });

  test("never gives one buffer to two users, even when it was released twice", () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(64);
    pool.release(buffer);
    pool.release(buffer);
    expect(pool.acquire(64)).not.toBe(pool.acquire(64));
  });

  test("takes in nothing it did not give out", () => {
    const pool = new BufferPool();
    const foreign = new ArrayBuffer(64);
    pool.release(foreign);
    expect(pool.stats().buffers).toBe(0);
    expect(pool.acquire(64)).not.toBe(foreign);
  });

  test("keeps at most ten buffers of a size, and no more bytes than allowed", () => {
    const pool = new BufferPool(1000);
    const small = Array.from({ length: 15 }, () => pool.acquire(16));
    for (const buffer of small) pool.release(buffer);
    expect(pool.stats()).toMatchObject({ buffers: 10, bytes: 160 });
    pool.release(pool.acquire(2000));
    expect(pool.stats().bytes).toBe(160);
  });

  test("publishes a reuse as a hit and an allocation as a miss", () => {
    const messages = recordMessages("giflab:cache");
    const pool = new BufferPool();
    pool.release(pool.acquire(64));
    pool.acquire(64);
    expect(messages.map(({ cache, operation, outcome }) => [cache, operation, outcome])).toEqual([
      ["resize.buffer_pool", "get", "miss"],
      ["resize.buffer_pool", "get", "hit"],
    ]);
  });
});
