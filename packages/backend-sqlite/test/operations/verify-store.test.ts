import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { isMetricsError, type MetricPoint } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { SqliteBackend } from "../../src/index.ts";
import { backupStore, type VerifyReport, verifyStore } from "../../src/operations/index.ts";
import { sealDue } from "../sealed-store.ts";
import { StoreFolder } from "../store-folder.ts";
import { keptStore, QUICK } from "./kept-store.ts";

const folder = new StoreFolder();
const verify = (dbPath = folder.dbPath): Promise<VerifyReport> => verifyStore({ dbPath });
const ROUNDS = process.env["GIFLAB_TEST_LONG"] === "1" ? 500 : 15;

/** What queries make of a store: their answers, or that they trip over something. */
async function answers(dbPath: string): Promise<string> {
  const store = new SqliteBackend({ dbPath, readonly: true, onWarning: () => {} });
  try {
    const window = { from: 0, to: 1e11 };
    const points: MetricPoint[] = [];
    for await (const point of store.points()) points.push(point);
    const series = await store.series({ ...window, stepSeconds: 1e9, statistic: "p95" });
    return JSON.stringify([await store.summaries({ ...window, byInstance: true }), series, points]);
  } catch (error) {
    return `tripped: ${isMetricsError(error) ? error.code : String(error)}`;
  } finally {
    await store.close();
  }
}

describe("verifyStore", () => {
  it("finds a store sound that is kept in all forms, and counts what is in it", async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    keptStore(folder, random, 9);
    const { sound, checked, damage, notes } = await verify();
    expect(damage).toEqual([]);
    expect(notes).toEqual([]);
    expect(sound).toBe(true);
    const { details, ...stats } = await folder.open({ readonly: true }).stats();
    expect(checked).toMatchObject({ rows: stats.snapshots, blocks: details["blocks"] });
    expect(checked.points + checked.samples).toBe(stats.points);
    for (const form of ["hotRows", "sealedRows", "minuteRows", "hourRows"]) expect(details[form]).toBeGreaterThan(0);
  });

  it("finds whatever a query trips over, wherever bytes are flipped", { timeout: 3_600_000 }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    keptStore(folder, random, 4);
    const whole = await answers(folder.dbPath);
    const size = readFileSync(folder.dbPath).length;
    const counts = { tripped: 0, changed: 0, changedAndFound: 0, foundOnly: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const dbPath = `${folder.path}/round-${round}.db`;
      copyFileSync(folder.dbPath, dbPath);
      const file = openSync(dbPath, "r+");
      const places = Array.from({ length: 1 + random.integer(4) }, () => 100 + random.integer(size - 100));
      for (const place of places) writeSync(file, Uint8Array.of(random.integer(256)), 0, 1, place);
      closeSync(file);
      const answer = await answers(dbPath);
      const { sound } = await verify(dbPath);
      const tripped = answer.startsWith("tripped");
      if (tripped) expect(sound, `bytes ${places.join(", ")}: ${answer}`).toBe(false);
      counts.tripped += tripped ? 1 : 0;
      counts.changed += !tripped && answer !== whole ? 1 : 0;
      counts.changedAndFound += !tripped && answer !== whole && !sound ? 1 : 0;
      counts.foundOnly += answer === whole && !sound ? 1 : 0;
    }
    console.log(`of ${ROUNDS}: ${JSON.stringify(counts)}`);
    expect(counts.tripped).toBeGreaterThan(0);
  });

  it.each([
    ["UPDATE metrics SET data = x'5a5a' WHERE id = $hot", /^row \d+ of metrics$/, /unknown format|cannot be read/],
    ["UPDATE metrics SET data = NULL WHERE id = $hot", /^row \d+ of metrics$/, /points nowhere/],
    [
      "UPDATE metrics SET points = points + 1 WHERE id = $hot",
      /^row \d+ of metrics$/,
      /holds \d+ points, and says \d+/,
    ],
    ["UPDATE metrics SET start = start + 1 WHERE id = $sealed", /^row \d+ of metrics$/, /is not what block \d+ says/],
    ["UPDATE block SET ticks = x'00' WHERE id = $block", /^block \d+$/, /rows of a block cannot be read/],
    ["UPDATE block SET last_time = 0 WHERE id = $block", /^block \d+$/, /says .* to 0, its rows are of/],
    ["UPDATE chunk SET data = x'7f' WHERE id = $chunk", /^series \d+ in block \d+$/, /a chunk cannot be read/],
    [
      "UPDATE chunk SET count = count + 1 WHERE id = $chunk",
      /^series \d+ in block \d+$/,
      /says count \d+, its samples/,
    ],
    ["UPDATE chunk SET sum = 7777 WHERE id = $counter", /^series \d+ in block \d+$/, /says sum 7777, its samples/],
    ["UPDATE chunk SET id = id + (1 << 50) WHERE block = $block", /^block \d+$/, /not there, but has chunks/],
    ["DELETE FROM writer WHERE id = $writer", /^instance \d+$/, /not in table writer, but \d+ rows/],
    ["UPDATE writer SET last_seq = 1 WHERE id = $writer", /^instance \d+ \(/, /rows up to snapshot \d+, and says 1/],
    ["UPDATE writer SET last_end = 1 WHERE id = $writer", /^instance \d+ \(/, /says that the latest is of 1$/],
    ["DELETE FROM metric WHERE id = $metric", /^series \d+$/, /has no metric/],
    ["DELETE FROM series WHERE id = $series", /^(row|series) /, /not there/],
    ["UPDATE metric SET definition = '{' WHERE id = $metric", /^metric \d+$/, /has the definition "\{"/],
    ["UPDATE series SET tags = 'x' WHERE id = $series", /^series \d+$/, /no JSON object: "x"/],
    [
      "INSERT INTO metrics (timestamp, start, writer, first_seq, seq, points, data) SELECT timestamp, start, writer, first_seq, seq, points, data FROM metrics WHERE id = $hot",
      /^row \d+ of metrics$/,
      /some are in another row too/,
    ],
  ])("%s is named, with what to do", async (sql, where, problem) => {
    keptStore(folder, new SeededRandom(11), 2);
    const ids: Record<string, string> = {
      $hot: "(SELECT id FROM metrics WHERE block IS NULL LIMIT 1)",
      $sealed: "(SELECT id FROM metrics WHERE block > 0 LIMIT 1)",
      $block: "(SELECT min(id) FROM block)",
      $chunk: "(SELECT id FROM chunk LIMIT 1)",
      $counter:
        "(SELECT chunk.id FROM chunk JOIN series ON series.id = chunk.series JOIN metric ON metric.id = series.metric WHERE kind = 'counter' LIMIT 1)",
      $writer: "(SELECT writer FROM metrics LIMIT 1)",
      $metric: "(SELECT id FROM metric WHERE kind = 'counter' LIMIT 1)",
      $series: "(SELECT id FROM series LIMIT 1)",
    };
    folder.change(sql.replaceAll(/\$\w+/g, (name) => ids[name]!));
    const { sound, damage } = await verify();
    expect(sound).toBe(false);
    const named = damage.filter((one) => where.test(one.where) && problem.test(one.problem));
    expect(named.length, JSON.stringify(damage.slice(0, 5))).toBeGreaterThan(0);
    // What is to be done, done again and again, leaves a sound store, unless somebody has to think about it.
    for (let times = 0; times < 5; times++) {
      const remedies = new Set((await verify()).damage.map(({ remedy }) => remedy));
      if (![...remedies].every((remedy) => /^(DELETE|UPDATE|REINDEX)[^.]*;$/.test(remedy))) return;
      for (const remedy of remedies) folder.change(remedy);
    }
    expect((await verify()).damage).toEqual([]);
    expect(await answers(folder.dbPath)).not.toMatch(/^tripped/);
  });

  it("notes snapshots that somebody deleted between others, which is no damage", async () => {
    keptStore(folder, new SeededRandom(11), 3);
    folder.change("DELETE FROM metrics WHERE seq > 500 AND seq <= 510 AND resolution = 0");
    const { sound, notes } = await verify();
    expect(sound).toBe(true);
    expect(notes).toEqual([
      {
        where: expect.stringMatching(/^instance \d+ \(every-10, /),
        problem: expect.stringMatching(/^10 snapshots are missing in 1 places between 1 and \d+$/),
        remedy: expect.any(String),
      },
    ]);
  });

  it("takes nothing for damage that programs do meanwhile", async () => {
    keptStore(folder, new SeededRandom(12), 3);
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    let verifying = true;
    let packed = 0;
    const recording = (async () => {
      for (let flush = 0; verifying; flush++) {
        store.writeSync(
          instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])]),
        );
        folder.clock.advance(10);
        if (flush % 20 === 19) {
          sealDue(folder.dbPath, folder.clock, QUICK);
          packed++;
        }
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    })();
    try {
      for (let round = 0; round < 3 || packed < 3; round++) expect((await verify()).damage).toEqual([]);
    } finally {
      verifying = false;
      await recording;
    }
  });

  it("finds a backup sound", async () => {
    keptStore(folder, new SeededRandom(13), 3);
    const target = `${folder.path}/copy.db`;
    await backupStore({ dbPath: folder.dbPath, target });
    const [ours, copy] = [await verify(), await verify(target)];
    expect(copy).toEqual({ ...ours, dbPath: target });
    expect(copy.sound).toBe(true);
  });

  it("reports a file of ours that cannot be opened any more, and refuses one that was never ours", async () => {
    keptStore(folder, new SeededRandom(14), 1);
    const file = openSync(folder.dbPath, "r+");
    writeSync(file, Buffer.alloc(16, 0x5a), 0, 16, 0);
    closeSync(file);
    expect(await verify()).toMatchObject({
      sound: false,
      damage: [{ where: "the file", remedy: expect.stringMatching(/\.recover/) }],
    });
    const foreign = `${folder.path}/foreign.db`;
    const db = new Database(foreign);
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    await expect(verify(foreign)).rejects.toMatchObject({ code: "STORE_FOREIGN" });
    await expect(verify(`${folder.path}/no.db`)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });
});
