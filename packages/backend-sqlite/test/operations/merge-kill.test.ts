import { copyFileSync, rmSync } from "node:fs";
import { counterPoint, SeededRandom, TestInstance } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { mergeStores, verifyStore } from "../../src/operations/index.ts";
import { Fixture } from "../run-fixture.ts";
import { StoreFolder } from "../store-folder.ts";
import { keptStore } from "./kept-store.ts";
import { contentsOf } from "./store-contents.ts";

const folder = new StoreFolder();
const ROUNDS = process.env["GIFLAB_TEST_LONG"] === "1" ? 300 : 3;

/** Files of two hosts of which one has all forms of rows, and a store that has some of one of them already. */
async function prepare(random: SeededRandom): Promise<{ readonly sources: readonly string[]; readonly into: string }> {
  const [a, b, into] = ["a", "b", "into"].map((name) => `${folder.path}/${name}.db`) as [string, string, string];
  keptStore(folder, random, 5);
  copyFileSync(folder.dbPath, a);
  rmSync(folder.dbPath);
  const store = folder.open({ dbPath: b });
  const instance = new TestInstance({ service: "b", start: folder.clock.now() });
  for (let flush = 0; flush < 100; flush++) store.writeSync(instance.flush([counterPoint("hits", 1)]));
  await store.compareAndSet("alert/rule/b", 0, "rule");
  await store.close();
  await mergeStores({ dbPath: into, sources: [b], clock: folder.clock });
  const more = folder.open({ dbPath: b });
  for (let flush = 0; flush < 100; flush++) more.writeSync(instance.flush([counterPoint("hits", 1)]));
  await more.close();
  const own = folder.open({ dbPath: into });
  own.writeSync(new TestInstance({ service: "own", start: folder.clock.now() }).flush([counterPoint("own", 1)]));
  await own.close();
  return { sources: [a, b], into };
}

describe("a merge that is killed", () => {
  it("has lost and doubled nothing when it is run again", { timeout: 3_600_000 }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const { sources, into } = await prepare(random);
    const now = folder.clock.now();
    const before = await contentsOf(into);
    const all = [
      ...new Set([...before, ...(await contentsOf(sources[0]!)), ...(await contentsOf(sources[1]!))]),
    ].sort();
    const round = `${folder.path}/round.db`;
    const run = async (killAt: number): Promise<Fixture> => {
      for (const suffix of ["-wal", "-shm"]) rmSync(round + suffix, { force: true });
      copyFileSync(into, round);
      const merger = new Fixture("merger", round, String(now), String(killAt), ...sources);
      await merger.ended();
      return merger;
    };
    const accesses = Number(/^m(\d+)$/.exec((await run(0)).output)?.[1]);
    expect(accesses).toBeGreaterThan(1000);
    expect(await contentsOf(round)).toEqual(all);
    let [some, none] = [0, 0];
    for (let turn = 0; turn < ROUNDS; turn++) {
      const killAt = 1 + random.integer(accesses);
      const where = `seed ${random.seed}, access ${killAt}`;
      expect((await run(killAt)).child.signalCode, where).toBe("SIGKILL");
      const left = await contentsOf(round);
      expect(new Set(left).size, where).toBe(left.length);
      const expected = new Set(all);
      expect(
        left.filter((point) => !expected.has(point)),
        where,
      ).toEqual([]);
      const there = new Set(left);
      expect(
        before.filter((point) => !there.has(point)),
        where,
      ).toEqual([]);
      some += left.length > before.length ? 1 : 0;
      none += left.length === before.length ? 1 : 0;
      // The lease of the one that was killed has run out by then.
      const report = await mergeStores({ dbPath: round, sources, clock: new ManualClock(now + 120) });
      expect(
        report.sources.flatMap(({ damage }) => damage),
        where,
      ).toEqual([]);
      expect(await contentsOf(round), where).toEqual(all);
      const { damage } = await verifyStore({ dbPath: round });
      expect(damage, where).toEqual([]);
    }
    console.log(`of ${ROUNDS} kills ${none} before anything was stored, ${some} after something was`);
  });
});
