import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openWriter } from "../../src/open-writer.ts";
import { resolveSqliteOptions } from "../../src/sqlite-options.ts";
import { finish } from "../../src/stepwise.ts";
import { Upkeep } from "../../src/upkeep.ts";
import { sealDue } from "../sealed-store.ts";
import { FleetFolder } from "./fleet-folder.ts";
import { contentsOf } from "./store-contents.ts";

const fleet = new FleetFolder();
const HOUR = 3600;

/** As a program does, which leaves its upkeep for later while another one holds the lock. */
function packUnlessLocked(dbPath: string): void {
  try {
    sealDue(dbPath, fleet.clock);
  } catch (error) {
    expect(error).toMatchObject({ code: "SQLITE_BUSY" });
  }
}

describe("a merge beside others", () => {
  it("loses nothing old to a program that was just deleting what came too late to be rolled up", async () => {
    fleet.flushes("a", new TestInstance({ start: fleet.clock.now() }), 2000);
    sealDue(fleet.at("a"), fleet.clock);
    const late = new TestInstance({ service: "late", start: fleet.clock.now() });
    fleet.flushes("fleet", late, 200);
    const db = new Database(fleet.at("fleet"));
    // Nothing can be made of them, so they go when their time is over.
    db.exec("UPDATE metrics SET data = x'5a'");
    const rows = db.prepare("SELECT count(*) FROM metrics").pluck();
    fleet.clock.advance(30 * 24 * HOUR);
    const other = openWriter(resolveSqliteOptions({ dbPath: fleet.at("fleet"), clock: fleet.clock }));
    const upkeep = new Upkeep().run(other, fleet.clock.now());
    while (rows.get() === 200) upkeep.next();
    const ofOthers = db
      .prepare("SELECT count(*) FROM metrics JOIN writer ON writer.id = writer WHERE service <> 'late'")
      .pluck();
    const merging = fleet.merge([fleet.at("a")]);
    while (ofOthers.get() === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    finish(upkeep);
    other.connection.close();
    await merging;
    expect(
      db
        .prepare(
          "SELECT sum(seq - first_seq + 1) FROM metrics JOIN writer ON writer.id = writer WHERE service <> 'late'",
        )
        .pluck()
        .get(),
    ).toBe(2000);
    db.close();
  });

  it("doubles nothing when two merge the same file at once, though the lease of one has run out for the other", async () => {
    const a = fleet.kept("a", 51, 4);
    const later = new ManualClock(fleet.clock.now() + 120);
    const both = await Promise.allSettled([fleet.merge([a]), fleet.merge([a], { clock: later }), fleet.merge([a])]);
    for (const one of both) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "BACKEND_BUSY" });
    expect(both.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await contentsOf(fleet.at("fleet"))).toEqual(await contentsOf(a));
    expect(await fleet.damage("fleet")).toEqual([]);
  });

  it("goes on beside a program that writes into the store and packs it, and one that writes into the file", async () => {
    const a = fleet.kept("a", 41, 6);
    const merged = await contentsOf(a);
    const [ours, theirs] = [fleet.open({ dbPath: fleet.at("fleet") }), fleet.open({ dbPath: a })];
    const [here, there] = ["here", "there"].map(
      (service) => new TestInstance({ service, start: fleet.clock.now() }),
    ) as [TestInstance, TestInstance];
    let merging = true;
    let written = 0;
    const recording = (async () => {
      for (; merging; written++) {
        for (const [store, instance] of [
          [ours, here],
          [theirs, there],
        ] as const) {
          store.writeSync(instance.flush([counterPoint(`calls.${instance.identity.service}`, 1)]));
        }
        if (written % 10 === 9) packUnlessLocked(fleet.at("fleet"));
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    })();
    try {
      await fleet.merge([a]);
    } finally {
      merging = false;
      await recording;
    }
    expect(written).toBeGreaterThan(10);
    const contents = await contentsOf(fleet.at("fleet"));
    const services = new Map([here, there].map(({ identity }) => [identity.writerId, identity.service]));
    const of = (service: string | undefined): string[] =>
      contents.filter((point) => services.get((JSON.parse(point) as [string])[0]) === service);
    expect(of("here")).toHaveLength(written);
    expect(of(undefined)).toEqual(merged);
    expect((await fleet.merge([a])).sources[0]!.mergedRows).toBe(written - of("there").length);
    expect(await fleet.damage("fleet")).toEqual([]);
  });
});
