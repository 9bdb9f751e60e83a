import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { probeMemory } from "../../src/caching/memory-probe.ts";

test("this machine's or container's memory is in use in part", () => {
  const { usedBytes, totalBytes } = probeMemory()!;
  expect(totalBytes).toBeGreaterThan(64 * 2 ** 20);
  expect(totalBytes).toBeLessThanOrEqual(totalmem());
  // This process is part of it.
  expect(usedBytes).toBeGreaterThan(0.5 * process.memoryUsage().rss);
  expect(usedBytes).toBeLessThan(totalBytes);
});
