import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openWriter } from "../../src/open-writer.ts";
import {
  backupStore,
  type MergeOptions,
  type MergeReport,
  mergeStores,
  verifyStore,
} from "../../src/operations/index.ts";
import { resolveSqliteOptions } from "../../src/sqlite-options.ts";
import { finish } from "../../src/stepwise.ts";
import { Upkeep } from "../../src/upkeep.ts";
import { sealDue } from "../sealed-store.ts";
import { StoreFolder } from "../store-folder.ts";
import { turnIntoVersionOne } from "../version-one-store.ts";
import { keptStore } from "./kept-store.ts";
import { contentsOf } from "./store-contents.ts";

const folder = new StoreFolder();
const HOUR = 3600;
const at = (name: string): string => `${folder.path}/${name}.db`;

const merge = (sources: readonly string[], options: Partial<MergeOptions> = {}): Promise<MergeReport> =>
  mergeStores({ dbPath: at("fleet"), clock: folder.clock, sources, ...options });

/** A kept store of one host under another name than the folder's usual one. */
function keptAs(name: string, seed: number, hours = 3): string {
  keptStore(folder, new SeededRandom(seed), hours);
  copyFileSync(folder.dbPath, at(name));
  rmSync(folder.dbPath);
  return at(name);
}

async function expectSound(dbPath: string): Promise<void> {
  expect((await verifyStore({ dbPath })).damage).toEqual([]);
}

/** All tables that tell of points. */
function tables(dbPath: string): unknown {
  const db = new Database(dbPath, { readonly: true });
  try {
    return ["metrics", "writer", "metric", "series", "block", "chunk", "state"].map((table) =>
      db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all(),
    );
  } finally {
    db.close();
  }
}

/** As a program does, which leaves its upkeep for later while another one holds the lock. */
function packUnlessLocked(dbPath: string): void {
  try {
    sealDue(dbPath, folder.clock);
  } catch (error) {
    expect(error).toMatchObject({ code: "SQLITE_BUSY" });
  }
}

function flushes(name: string, instance: TestInstance, count: number, seconds = 10): void {
  const store = folder.open({ dbPath: at(name) });
  for (let flush = 0; flush < count; flush++) {
    store.writeSync(
      instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])], { seconds }),
    );
  }
  store.closeSync();
}

/** By the rows, and by what queries say: flushes that are there, each once. */
async function counted(name: string): Promise<readonly number[]> {
  const store = folder.open({ dbPath: at(name), readonly: true });
  const [calls, , load] = await store.summaries({ from: 0, to: 1e11 });
  await store.close();
  const db = new Database(at(name), { readonly: true });
  const rows = db.prepare("SELECT sum(seq - first_seq + 1) FROM metrics").pluck().get() as number;
  db.close();
  return [rows, calls!.sum!, load!.count];
}

describe("mergeStores", () => {
  it("holds every point of every file to the bit, whether it is hot, sealed or rolled up", async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const [a, b] = [keptAs("a", random.integer(1e9), 9), keptAs("b", random.integer(1e9))];
    const before = [readFileSync(a), readFileSync(b)];
    const report = await merge([a, b]);
    expect(report.sources.map(({ rows, mergedRows, damage }) => [rows - mergedRows, damage])).toEqual([
      [0, []],
      [0, []],
    ]);
    expect(await contentsOf(at("fleet"))).toEqual([...(await contentsOf(a)), ...(await contentsOf(b))].sort());
    await expectSound(at("fleet"));
    expect([readFileSync(a), readFileSync(b)]).toEqual(before);
  });

  it("adds up what hosts have recorded under the same names, and keeps instances apart", async () => {
    for (const name of ["a", "b", "c"]) flushes(name, new TestInstance({ host: name, start: folder.clock.now() }), 50);
    await merge([at("a"), at("b"), at("c")]);
    expect(await counted("fleet")).toEqual([150, 150, 150]);
    const store = folder.open({ dbPath: at("fleet"), readonly: true });
    const ofEach = await store.summaries({ match: "calls", from: 0, to: 1e11, byInstance: true });
    expect(ofEach.map(({ sum }) => sum)).toEqual([50, 50, 50]);
    expect((await store.stats()).series).toBe(3);
  });

  it("changes nothing when the same file is merged again", async () => {
    const a = keptAs("a", 21, 9);
    await merge([a]);
    const once = tables(at("fleet"));
    const { sources } = await merge([a, a]);
    expect(sources.map(({ mergedRows }) => mergedRows)).toEqual([0, 0]);
    expect(tables(at("fleet"))).toEqual(once);
  });

  it("adds to a file only what is new since the last time", async () => {
    const instance = new TestInstance({ start: folder.clock.now() });
    for (let times = 1; times <= 3; times++) {
      flushes("a", instance, 40);
      const { sources } = await merge([at("a")]);
      expect(sources[0]!.mergedRows).toBe(40);
      expect(await counted("fleet")).toEqual([40 * times, 40 * times, 40 * times]);
    }
  });

  it("takes nothing from an older copy of the store, though the store has been rolled up since", async () => {
    const instance = new TestInstance({ start: folder.clock.now() });
    flushes("fleet", instance, 1000);
    await backupStore({ dbPath: at("fleet"), target: at("copy") });
    flushes("fleet", instance, 1000);
    folder.clock.advance(60 * HOUR);
    sealDue(at("fleet"), folder.clock);
    const { sources } = await merge([at("copy")]);
    expect(sources[0]).toMatchObject({ rows: 1000, mergedRows: 0, inseparableRows: 0 });
    expect(await counted("fleet")).toEqual([2000, 2000, 2000]);
  });

  it("brings an older copy up to date, though what it lacks is rolled up together with what it has", async () => {
    const instance = new TestInstance({ start: folder.clock.now() });
    flushes("ours", instance, 1003);
    await backupStore({ dbPath: at("ours"), target: at("fleet") });
    flushes("ours", instance, 997);
    folder.clock.advance(60 * HOUR);
    sealDue(at("ours"), folder.clock);
    expect(await counted("ours")).toEqual([2000, 2000, 2000]);
    const { sources } = await merge([at("ours")]);
    expect(sources[0]!.inseparableRows).toBe(0);
    expect(await counted("fleet")).toEqual([2000, 2000, 2000]);
    await expectSound(at("fleet"));
    expect((await merge([at("ours")])).sources[0]!.mergedRows).toBe(0);
  });

  it("leaves out a rolled up row that shares some of its snapshots only with what is there, and says so", async () => {
    const instance = new TestInstance({ start: folder.clock.now() });
    flushes("a", instance, 720);
    copyFileSync(at("a"), at("fleet"));
    folder.clock.advance(60 * HOUR);
    sealDue(at("a"), folder.clock);
    sealDue(at("fleet"), folder.clock);
    // Two rows here become one that a row there overlaps on one side.
    const db = new Database(at("fleet"));
    db.exec(
      "DELETE FROM metrics WHERE seq < 120; UPDATE metrics SET first_seq = first_seq - 2 WHERE first_seq = (SELECT min(first_seq) FROM metrics)",
    );
    db.close();
    const { sources } = await merge([at("a")]);
    expect(sources[0]!.inseparableRows).toBe(1);
    expect(
      (await verifyStore({ dbPath: at("fleet") })).damage.filter(({ problem }) => /another row too/.test(problem)),
    ).toEqual([]);
  });

  it("rolls up what is older than the store keeps as flushes, before it goes for being late", async () => {
    const instance = new TestInstance({ start: folder.clock.now() });
    flushes("a", instance, 2000);
    sealDue(at("a"), folder.clock);
    folder.clock.advance(30 * 24 * HOUR);
    // Somebody else does the upkeep of the store at the same time.
    flushes("fleet", new TestInstance({ service: "other", start: folder.clock.now() - 6000 }), 500);
    await merge([at("a")]);
    sealDue(at("fleet"), folder.clock);
    expect(await counted("fleet")).toEqual([2500, 2500, 2500]);
    const store = folder.open({ dbPath: at("fleet"), readonly: true });
    const { details } = await store.stats();
    expect(details["hourRows"]).toBeGreaterThan(5);
  });

  it("loses nothing old to a program that was just deleting what came too late to be rolled up", async () => {
    flushes("a", new TestInstance({ start: folder.clock.now() }), 2000);
    sealDue(at("a"), folder.clock);
    const late = new TestInstance({ service: "late", start: folder.clock.now() });
    flushes("fleet", late, 200);
    const db = new Database(at("fleet"));
    // Nothing can be made of them, so they go when their time is over.
    db.exec("UPDATE metrics SET data = x'5a'");
    const rows = db.prepare("SELECT count(*) FROM metrics").pluck();
    folder.clock.advance(30 * 24 * HOUR);
    const other = openWriter(resolveSqliteOptions({ dbPath: at("fleet"), clock: folder.clock }));
    const upkeep = new Upkeep().run(other, folder.clock.now());
    while (rows.get() === 200) upkeep.next();
    const ofOthers = db
      .prepare("SELECT count(*) FROM metrics JOIN writer ON writer.id = writer WHERE service <> 'late'")
      .pluck();
    const merging = merge([at("a")]);
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
    const a = keptAs("a", 51, 4);
    const later = new ManualClock(folder.clock.now() + 120);
    const both = await Promise.allSettled([merge([a]), merge([a], { clock: later }), merge([a])]);
    for (const one of both) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "BACKEND_BUSY" });
    expect(both.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await contentsOf(at("fleet"))).toEqual(await contentsOf(a));
    await expectSound(at("fleet"));
  });

  it("leaves out what is older than the store keeps at all", async () => {
    flushes("a", new TestInstance({ start: folder.clock.now() }), 10);
    folder.clock.advance(401 * 24 * HOUR);
    flushes("a", new TestInstance({ start: folder.clock.now() }), 7);
    const { sources } = await merge([at("a")]);
    expect(sources[0]).toMatchObject({ rows: 17, mergedRows: 7, expiredRows: 10 });
  });

  it("reads stores of version 1", async () => {
    flushes("a", new TestInstance({ start: folder.clock.now() }), 30);
    turnIntoVersionOne(at("a"));
    await expectSound(at("a"));
    await merge([at("a")]);
    expect(await counted("fleet")).toEqual([30, 30, 30]);
    const db = new Database(at("a"), { readonly: true });
    expect(db.pragma("user_version", { simple: true })).toBe(1);
    db.close();
  });

  it("refuses metrics of another kind or unit, between any two files, before anything is written", async () => {
    const record = (name: string, point: Parameters<TestInstance["flush"]>[0]): void => {
      const store = folder.open({ dbPath: at(name) });
      store.writeSync(new TestInstance().flush(point));
      store.closeSync();
    };
    record("fleet", [counterPoint("hits", 1, { unit: "{hit}" })]);
    record("kind", [gaugePoint("hits", 1)]);
    record("unit", [counterPoint("hits", 1, { unit: "1" })]);
    record("good", [
      counterPoint("hits", 1, { unit: "{hit}", description: "another" }),
      gaugePoint("size", 1, { unit: "MB" }),
    ]);
    record("size", [gaugePoint("size", 1, { unit: "By" })]);
    const before = readFileSync(at("fleet"));
    for (const [sources, message] of [
      [["kind"], /^nothing was merged: hits is a counter in \{hit\} in .*fleet\.db and a gauge in .*kind\.db\. /],
      [["unit"], /hits is a counter in \{hit\} in .*fleet\.db and a counter in 1 in .*unit\.db/],
      [["good", "size"], /size is a gauge in MB in .*good\.db and a gauge in By in .*size\.db/],
    ] as const) {
      await expect(merge(sources.map(at))).rejects.toMatchObject({
        code: "METRIC_CONFLICT",
        message: expect.stringMatching(message),
      });
    }
    expect(readFileSync(at("fleet"))).toEqual(before);
    await merge([at("good")]);
    const store = folder.open({ dbPath: at("fleet"), readonly: true });
    expect((await store.summaries({ match: "hits", from: 0, to: 1e11 }))[0]).toMatchObject({ sum: 2, unit: "{hit}" });
  });

  it("takes documents of alerting that are not there; ours win, and a copy brings no deleted one back", async () => {
    const [ours, theirs] = [folder.open({ dbPath: at("fleet") }), folder.open({ dbPath: at("a") })];
    theirs.writeSync(
      new TestInstance({ derived: [{ name: "d", kind: "derived", formula: "a / b" }] }).flush([
        counterPoint("calls", 1),
      ]),
    );
    for (const [store, value] of [
      [ours, "ours"],
      [theirs, "theirs"],
    ] as const)
      await store.compareAndSet("alert/rule/both", 0, value);
    await theirs.compareAndSet("alert/rule/new", 0, "theirs");
    await theirs.close();
    await merge([at("a")]);
    const documents = async () => (await ours.list("")).map(({ key, value }) => `${key} ${value}`);
    expect(await documents()).toEqual(["alert/rule/both ours", "alert/rule/new theirs"]);
    await ours.compareAndSet("alert/rule/new", (await ours.get("alert/rule/new"))!.version, undefined);
    await merge([at("a")]);
    expect(await documents()).toEqual(["alert/rule/both ours"]);
  });

  it("refuses a file that is the store itself, one that is not there, and more than the store may hold", async () => {
    flushes("fleet", new TestInstance(), 3);
    await expect(merge([at("fleet")])).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/is the store itself/),
    });
    await expect(merge([at("none")])).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    const store = folder.open({ dbPath: at("large") });
    const instance = new TestInstance();
    const payload = Array.from({ length: 400 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));
    for (let flush = 0; flush < 300; flush++) store.writeSync(instance.flush(payload));
    store.closeSync();
    const small = merge([at("large")], { maxSizeMb: 1 });
    await expect(small).rejects.toMatchObject({
      code: "BACKEND_FULL",
      message: expect.stringMatching(/^nothing was merged: .* may hold 1 MB .* --max-size-mb \d+/),
    });
    expect(await counted("fleet")).toEqual([3, 3, 3]);
    expect((await merge([at("large")], { maxSizeMb: 20 })).sources[0]!.mergedRows).toBe(300);
  });

  it("leaves out what is damaged in a file and names it", async () => {
    const a = keptAs("a", 31);
    const db = new Database(a);
    db.exec(`UPDATE metrics SET data = x'5a' WHERE id = (SELECT max(id) FROM metrics WHERE block IS NULL);
      UPDATE chunk SET count = count + 1 WHERE id = (SELECT min(id) FROM chunk)`);
    db.close();
    const { sources } = await merge([a]);
    expect(sources[0]!.damage.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^row \d+ of metrics in .*a\.db$/),
      expect.stringMatching(/^series \d+ in block \d+ of .*a\.db$/),
    ]);
    await expectSound(at("fleet"));
  });

  it("goes on beside a program that writes into the store and packs it, and one that writes into the file", async () => {
    const a = keptAs("a", 41, 6);
    const merged = await contentsOf(a);
    const [ours, theirs] = [folder.open({ dbPath: at("fleet") }), folder.open({ dbPath: a })];
    const [here, there] = ["here", "there"].map(
      (service) => new TestInstance({ service, start: folder.clock.now() }),
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
        if (written % 10 === 9) packUnlessLocked(at("fleet"));
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    })();
    try {
      await merge([a]);
    } finally {
      merging = false;
      await recording;
    }
    expect(written).toBeGreaterThan(10);
    const contents = await contentsOf(at("fleet"));
    const services = new Map([here, there].map(({ identity }) => [identity.writerId, identity.service]));
    const of = (service: string | undefined): string[] =>
      contents.filter((point) => services.get((JSON.parse(point) as [string])[0]) === service);
    expect(of("here")).toHaveLength(written);
    expect(of(undefined)).toEqual(merged);
    expect((await merge([a])).sources[0]!.mergedRows).toBe(written - of("there").length);
    await expectSound(at("fleet"));
  });
});
