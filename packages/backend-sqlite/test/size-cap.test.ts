import { TestInstance } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import type { SqliteBackend } from "../src/index.ts";
import { storeBytes } from "../src/store-file.ts";
import { countedFlush } from "./counted-flush.ts";
import { recount } from "./counted-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
const MB = 2 ** 20;
const FLUSH_SECONDS = 300;
const GAUGES = 60;
/** Minutes after an hour, hours after six, and those for as long as there is room. */
const QUICK = { rawHours: 1, retentionDays: 0.25 };

const resolutions = (): number => folder.number("SELECT count(DISTINCT resolution) FROM metrics");

/** Bytes that file and log take on the disk. */
function bytesOnDisk(): number {
  const { file, wal } = storeBytes(folder.dbPath);
  return file + wal;
}

/** Two programs that go on for some hours, with all upkeep done each hour. */
class Programs {
  readonly #instances = ["a", "b"].map(
    (service) => new TestInstance({ service, start: folder.clock.now(), flushIntervalSeconds: FLUSH_SECONDS }),
  );
  sequence = 0;
  /** Most that file and log have taken after any flush. */
  most = 0;

  async run(store: SqliteBackend, hours: number): Promise<void> {
    const until = folder.clock.now() + hours * HOUR;
    while (folder.clock.now() < until) {
      this.sequence++;
      folder.clock.advance(FLUSH_SECONDS);
      for (const instance of this.#instances) {
        store.write(countedFlush(instance, this.sequence, GAUGES));
        this.most = Math.max(this.most, bytesOnDisk());
      }
      if (this.sequence % (HOUR / FLUSH_SECONDS) === 0) await store.maintain();
      this.most = Math.max(this.most, bytesOnDisk());
    }
  }
}

/** That what is left is exact, all later than what is gone, and how many snapshots of each program are gone. */
async function goneOfEach(last: number): Promise<number> {
  const ranges = await recount(folder.dbPath);
  expect([...ranges.keys()].sort()).toEqual(["a", "b"]);
  const [a, b] = [ranges.get("a")!, ranges.get("b")!];
  expect([a.last, b.last]).toEqual([last, last]);
  // The two write side by side: the oldest row of one cannot be far from the other's, and a row is at most an hour.
  expect(Math.abs(a.oldest - b.oldest)).toBeLessThanOrEqual(HOUR);
  return Math.max(a.first, b.first) - 1;
}

describe("a store with a size cap", () => {
  it("never takes more, log counted, with sealed and rolled up rows in it; the oldest goes, the rest answers exactly", {
    timeout: 120_000,
  }, async () => {
    const store = folder.open({ ...QUICK, maxSizeMb: 1 });
    const programs = new Programs();
    await programs.run(store, 110);
    const gone = [await goneOfEach(programs.sequence)];
    for (let more = 0; more < 2; more++) {
      await programs.run(store, 20);
      gone.push(await goneOfEach(programs.sequence));
    }
    expect(programs.most).toBeLessThanOrEqual(MB);
    expect(resolutions()).toBe(3);
    // As much goes as comes: the store stays as full as it may be.
    expect(gone[0]).toBeGreaterThan(0);
    expect(gone[2]! - gone[1]!).toBeGreaterThan(100);
    expect(programs.sequence - gone[2]!).toBeGreaterThan(200);
    expect(storeBytes(folder.dbPath).file).toBeGreaterThan(MB / 2);
  });

  it("really shrinks when its cap is lowered, and keeps the latest of it", { timeout: 120_000 }, async () => {
    const programs = new Programs();
    const large = folder.open({ rawHours: 168, retentionDays: 7 });
    await programs.run(large, 110);
    await large.close();
    expect(bytesOnDisk()).toBeGreaterThan(1.3 * MB);
    expect(await goneOfEach(programs.sequence)).toBe(0);

    const small = folder.open({ maxSizeMb: 1 });
    await small.maintain();
    expect(bytesOnDisk()).toBeLessThanOrEqual(MB);
    const gone = await goneOfEach(programs.sequence);
    expect(gone).toBeGreaterThan(50);
    programs.most = 0;
    await programs.run(small, 10);
    expect(programs.most).toBeLessThanOrEqual(MB);
    expect(await goneOfEach(programs.sequence)).toBeGreaterThan(gone);
    await small.close();
    expect(bytesOnDisk()).toBeLessThanOrEqual(MB);
  });
});
