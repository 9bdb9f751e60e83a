import { statSync } from "node:fs";
import { gaugePoint, TestInstance } from "@giflab/backend-testkit";
import { expect, it } from "vitest";
import type { SqliteBackend } from "../../src/index.ts";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();
const payload = Array.from({ length: 200 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));

function fill(store: SqliteBackend): TestInstance {
  const instance = new TestInstance({ start: folder.clock.now() });
  for (let flush = 0; flush < 300; flush++) store.writeSync(instance.flush(payload));
  return instance;
}
const sizes = (): number =>
  statSync(folder.dbPath).size + (statSync(`${folder.dbPath}-wal`, { throwIfNoEntry: false })?.size ?? 0);

it("clear gives the space back while the store is open and read", async () => {
  const store = folder.open();
  const instance = fill(store);
  const reader = folder.open({ readonly: true });
  expect(await reader.summaries({ from: 0, to: instance.end })).toHaveLength(200);
  expect(sizes()).toBeGreaterThan(500_000);
  await store.clear();
  expect(sizes()).toBeLessThan(100_000);
  expect(await reader.summaries({ from: 0, to: instance.end })).toEqual([]);
});

it("prune gives back what it deleted, and says how much that was", async () => {
  const store = folder.open();
  const instance = fill(store);
  const before = sizes();
  expect(await store.prune({ before: instance.end - 300 })).toBe(270);
  expect(sizes()).toBeLessThan(before / 4);
  expect((await store.stats()).snapshots).toBe(30);
});
