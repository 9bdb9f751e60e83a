import { copyFileSync, readFileSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, TestInstance } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { backupStore } from "../../src/operations/index.ts";
import { sealDue } from "../sealed-store.ts";
import { turnIntoVersionOne } from "../version-one-store.ts";
import { FleetFolder } from "./fleet-folder.ts";
import { contentsOf } from "./store-contents.ts";

const fleet = new FleetFolder();
const HOUR = 3600;

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

describe("mergeStores", () => {
  it("holds every point of every file to the bit, whether it is hot, sealed or rolled up", async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const [a, b] = [fleet.kept("a", random.integer(1e9), 9), fleet.kept("b", random.integer(1e9))];
    const before = [readFileSync(a), readFileSync(b)];
    const report = await fleet.merge([a, b]);
    expect(report.sources.map(({ rows, mergedRows, damage }) => [rows - mergedRows, damage])).toEqual([
      [0, []],
      [0, []],
    ]);
    expect(await contentsOf(fleet.at("fleet"))).toEqual([...(await contentsOf(a)), ...(await contentsOf(b))].sort());
    expect(await fleet.damage("fleet")).toEqual([]);
    expect([readFileSync(a), readFileSync(b)]).toEqual(before);
  });

  it("adds up what hosts have recorded under the same names, and keeps instances apart", async () => {
    for (const name of ["a", "b", "c"])
      fleet.flushes(name, new TestInstance({ host: name, start: fleet.clock.now() }), 50);
    await fleet.merge([fleet.at("a"), fleet.at("b"), fleet.at("c")]);
    expect(await fleet.counted("fleet")).toEqual([150, 150, 150]);
    const store = fleet.open({ dbPath: fleet.at("fleet"), readonly: true });
    const ofEach = await store.summaries({ match: "calls", from: 0, to: 1e11, byInstance: true });
    expect(ofEach.map(({ sum }) => sum)).toEqual([50, 50, 50]);
    expect((await store.stats()).series).toBe(3);
  });

  it("changes nothing when the same file is merged again", async () => {
    const a = fleet.kept("a", 21, 9);
    await fleet.merge([a]);
    const once = tables(fleet.at("fleet"));
    const { sources } = await fleet.merge([a, a]);
    expect(sources.map(({ mergedRows }) => mergedRows)).toEqual([0, 0]);
    expect(tables(fleet.at("fleet"))).toEqual(once);
  });

  it("adds to a file only what is new since the last time", async () => {
    const instance = new TestInstance({ start: fleet.clock.now() });
    for (let times = 1; times <= 3; times++) {
      fleet.flushes("a", instance, 40);
      const { sources } = await fleet.merge([fleet.at("a")]);
      expect(sources[0]!.mergedRows).toBe(40);
      expect(await fleet.counted("fleet")).toEqual([40 * times, 40 * times, 40 * times]);
    }
  });

  it("takes nothing from an older copy of the store, though the store has been rolled up since", async () => {
    const instance = new TestInstance({ start: fleet.clock.now() });
    fleet.flushes("fleet", instance, 1000);
    await backupStore({ dbPath: fleet.at("fleet"), target: fleet.at("copy") });
    fleet.flushes("fleet", instance, 1000);
    fleet.clock.advance(60 * HOUR);
    sealDue(fleet.at("fleet"), fleet.clock);
    const { sources } = await fleet.merge([fleet.at("copy")]);
    expect(sources[0]).toMatchObject({ rows: 1000, mergedRows: 0, inseparableRows: 0 });
    expect(await fleet.counted("fleet")).toEqual([2000, 2000, 2000]);
  });

  it("brings an older copy up to date, though what it lacks is rolled up together with what it has", async () => {
    const instance = new TestInstance({ start: fleet.clock.now() });
    fleet.flushes("ours", instance, 1003);
    await backupStore({ dbPath: fleet.at("ours"), target: fleet.at("fleet") });
    fleet.flushes("ours", instance, 997);
    fleet.clock.advance(60 * HOUR);
    sealDue(fleet.at("ours"), fleet.clock);
    expect(await fleet.counted("ours")).toEqual([2000, 2000, 2000]);
    const { sources } = await fleet.merge([fleet.at("ours")]);
    expect(sources[0]!.inseparableRows).toBe(0);
    expect(await fleet.counted("fleet")).toEqual([2000, 2000, 2000]);
    expect(await fleet.damage("fleet")).toEqual([]);
    expect((await fleet.merge([fleet.at("ours")])).sources[0]!.mergedRows).toBe(0);
  });

  it("leaves out a rolled up row that shares some of its snapshots only with what is there, and says so", async () => {
    const instance = new TestInstance({ start: fleet.clock.now() });
    fleet.flushes("a", instance, 720);
    copyFileSync(fleet.at("a"), fleet.at("fleet"));
    fleet.clock.advance(60 * HOUR);
    sealDue(fleet.at("a"), fleet.clock);
    sealDue(fleet.at("fleet"), fleet.clock);
    // Two rows here become one that a row there overlaps on one side.
    const db = new Database(fleet.at("fleet"));
    db.exec(
      "DELETE FROM metrics WHERE seq < 120; UPDATE metrics SET first_seq = first_seq - 2 WHERE first_seq = (SELECT min(first_seq) FROM metrics)",
    );
    db.close();
    const { sources } = await fleet.merge([fleet.at("a")]);
    expect(sources[0]!.inseparableRows).toBe(1);
    const damage = await fleet.damage("fleet");
    expect(damage.filter(({ problem }) => /another row too/.test(problem))).toEqual([]);
  });

  it("rolls up what is older than the store keeps as flushes, before it goes for being late", async () => {
    const instance = new TestInstance({ start: fleet.clock.now() });
    fleet.flushes("a", instance, 2000);
    sealDue(fleet.at("a"), fleet.clock);
    fleet.clock.advance(30 * 24 * HOUR);
    // Somebody else does the upkeep of the store at the same time.
    fleet.flushes("fleet", new TestInstance({ service: "other", start: fleet.clock.now() - 6000 }), 500);
    await fleet.merge([fleet.at("a")]);
    sealDue(fleet.at("fleet"), fleet.clock);
    expect(await fleet.counted("fleet")).toEqual([2500, 2500, 2500]);
    const store = fleet.open({ dbPath: fleet.at("fleet"), readonly: true });
    const { details } = await store.stats();
    expect(details["hourRows"]).toBeGreaterThan(5);
  });

  it("leaves out what is older than the store keeps at all", async () => {
    fleet.flushes("a", new TestInstance({ start: fleet.clock.now() }), 10);
    fleet.clock.advance(401 * 24 * HOUR);
    fleet.flushes("a", new TestInstance({ start: fleet.clock.now() }), 7);
    const { sources } = await fleet.merge([fleet.at("a")]);
    expect(sources[0]).toMatchObject({ rows: 17, mergedRows: 7, expiredRows: 10 });
  });

  it("reads stores of version 1", async () => {
    fleet.flushes("a", new TestInstance({ start: fleet.clock.now() }), 30);
    turnIntoVersionOne(fleet.at("a"));
    expect(await fleet.damage("a")).toEqual([]);
    await fleet.merge([fleet.at("a")]);
    expect(await fleet.counted("fleet")).toEqual([30, 30, 30]);
    const db = new Database(fleet.at("a"), { readonly: true });
    expect(db.pragma("user_version", { simple: true })).toBe(1);
    db.close();
  });

  it("refuses metrics of another kind or unit, between any two files, before anything is written", async () => {
    const record = (name: string, point: Parameters<TestInstance["flush"]>[0]): void => {
      const store = fleet.open({ dbPath: fleet.at(name) });
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
    const before = readFileSync(fleet.at("fleet"));
    for (const [sources, message] of [
      [["kind"], /^nothing was merged: hits is a counter in \{hit\} in .*fleet\.db and a gauge in .*kind\.db\. /],
      [["unit"], /hits is a counter in \{hit\} in .*fleet\.db and a counter in 1 in .*unit\.db/],
      [["good", "size"], /size is a gauge in MB in .*good\.db and a gauge in By in .*size\.db/],
    ] as const) {
      await expect(fleet.merge(sources.map((name) => fleet.at(name)))).rejects.toMatchObject({
        code: "METRIC_CONFLICT",
        message: expect.stringMatching(message),
      });
    }
    expect(readFileSync(fleet.at("fleet"))).toEqual(before);
    await fleet.merge([fleet.at("good")]);
    const store = fleet.open({ dbPath: fleet.at("fleet"), readonly: true });
    expect((await store.summaries({ match: "hits", from: 0, to: 1e11 }))[0]).toMatchObject({ sum: 2, unit: "{hit}" });
  });

  it("takes documents of alerting that are not there; ours win, and a copy brings no deleted one back", async () => {
    const [ours, theirs] = [fleet.open({ dbPath: fleet.at("fleet") }), fleet.open({ dbPath: fleet.at("a") })];
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
    await fleet.merge([fleet.at("a")]);
    const documents = async () => (await ours.list("")).map(({ key, value }) => `${key} ${value}`);
    expect(await documents()).toEqual(["alert/rule/both ours", "alert/rule/new theirs"]);
    await ours.compareAndSet("alert/rule/new", (await ours.get("alert/rule/new"))!.version, undefined);
    await fleet.merge([fleet.at("a")]);
    expect(await documents()).toEqual(["alert/rule/both ours"]);
  });

  it("refuses a file that is the store itself, one that is not there, and more than the store may hold", async () => {
    fleet.flushes("fleet", new TestInstance(), 3);
    await expect(fleet.merge([fleet.at("fleet")])).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/is the store itself/),
    });
    await expect(fleet.merge([fleet.at("none")])).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    const store = fleet.open({ dbPath: fleet.at("large") });
    const instance = new TestInstance();
    const payload = Array.from({ length: 400 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));
    for (let flush = 0; flush < 300; flush++) store.writeSync(instance.flush(payload));
    store.closeSync();
    const small = fleet.merge([fleet.at("large")], { maxSizeMb: 1 });
    await expect(small).rejects.toMatchObject({
      code: "BACKEND_FULL",
      message: expect.stringMatching(/^nothing was merged: .* may hold 1 MB .* --max-size-mb \d+/),
    });
    expect(await fleet.counted("fleet")).toEqual([3, 3, 3]);
    expect((await fleet.merge([fleet.at("large")], { maxSizeMb: 20 })).sources[0]!.mergedRows).toBe(300);
  });

  it("leaves out what is damaged in a file and names it", async () => {
    const a = fleet.kept("a", 31);
    const db = new Database(a);
    db.exec(`UPDATE metrics SET data = x'5a' WHERE id = (SELECT max(id) FROM metrics WHERE block IS NULL);
      UPDATE chunk SET count = count + 1 WHERE id = (SELECT min(id) FROM chunk)`);
    db.close();
    const { sources } = await fleet.merge([a]);
    expect(sources[0]!.damage.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^row \d+ of metrics in .*a\.db$/),
      expect.stringMatching(/^series \d+ in block \d+ of .*a\.db$/),
    ]);
    expect(await fleet.damage("fleet")).toEqual([]);
  });
});
