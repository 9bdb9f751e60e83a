import { copyFileSync, rmSync } from "node:fs";
import { SeededRandom } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { leftovers, recount, type StoredRange } from "./counted-store.ts";
import { CRASH_STORES, LAST_SEQUENCE } from "./crash-stores.ts";
import { Fixture } from "./run-fixture.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";
import type { Stages } from "./watch-accesses.ts";

const folder = new StoreFolder();
const SIDE_FILES = ["", "-wal", "-shm"];

async function recountInstances(dbPath: string, kept: Partial<StoredRange>): Promise<number> {
  const ranges = await recount(dbPath);
  for (const writer of ["a", "b"]) {
    const { first, last, oldest } = ranges.get(writer)!;
    expect(last).toBe(LAST_SEQUENCE);
    expect(first).toBeLessThanOrEqual(kept.first ?? first);
    expect(oldest).toBeLessThanOrEqual(kept.oldest ?? oldest);
  }
  const crasher = ranges.get("crasher");
  expect(crasher?.first ?? 1).toBe(1);
  return crasher?.last ?? 0;
}

describe.each(Object.entries(CRASH_STORES))("a store %s", (_, { stages, make, keeps }) => {
  it("loses nothing acknowledged and doubles nothing by a kill at any moment of its upkeep", {
    timeout: 7_200_000,
  }, async () => {
    const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 100 : 1;
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const now = make(folder.dbPath);
    const dbPath = `${folder.path}/round.db`;
    const run = async (stage: string, access: number, delay: number): Promise<Fixture> => {
      for (const suffix of SIDE_FILES) rmSync(dbPath + suffix, { force: true });
      copyFileSync(folder.dbPath, dbPath);
      const crasher = new Fixture("crasher", dbPath, String(now), stage, String(access), String(delay));
      await crasher.ended();
      return crasher;
    };
    const complete = (await run("", 0, 0)).output;
    const seen = JSON.parse(complete.slice(complete.lastIndexOf("w") + 1)) as Stages;
    expect(Object.keys(seen)).toEqual(expect.arrayContaining([...stages]));
    expect(await recountInstances(dbPath, keeps(now))).toBe(complete.lastIndexOf("w") + 1);
    for (let round = 0; round < rounds * stages.length; round++) {
      const stage = stages[round % stages.length]!;
      const { accesses, microseconds } = seen[stage]!;
      const access = 1 + random.integer(accesses);
      // Just before the access, or somewhere in it and what comes next.
      const delay = random.integer(4) === 0 ? 0 : 1 + random.integer((3 * microseconds) / accesses);
      const where = `${delay} us after access ${access} of ${stage}`;
      const crasher = await run(stage, access, delay);
      expect(crasher.child.signalCode, where).toBe("SIGKILL");
      try {
        const stored = await recountInstances(dbPath, keeps(now));
        expect([crasher.output.length, crasher.output.length + 1]).toContain(stored);
        // The next one finishes what was begun. The lease of the one that was killed has run out by then.
        sealDue(dbPath, new ManualClock(now + 120));
        expect(await recountInstances(dbPath, keeps(now + 120))).toBe(stored);
        expect(leftovers(dbPath)).toBe(0);
      } catch (cause) {
        throw new Error(`after a kill ${where}: ${(cause as Error).message}`, { cause });
      }
    }
  });
});
