import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { counterPoint, gaugePoint, SeededRandom, snapshotOf, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describeWith, type HttpReceiver, startInfluxdb } from "@giflab/backend-testkit/receivers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { measurementText, tagText } from "../src/line-text.ts";
import { RESERVED_TAGS } from "../src/series-head.ts";
import { influxql } from "./influxql.ts";
import { readLine } from "./read-line.ts";

const LONG = process.env["GIFLAB_TEST_LONG"] === "1";

describeWith(["influxd"], "a real InfluxDB 1", () => {
  let server: HttpReceiver;
  beforeAll(async () => {
    server = await startInfluxdb();
  });
  afterAll(() => server?.receiver.stop());

  async function database(name: string): Promise<InfluxdbBackend> {
    await influxql(server.url, "", `CREATE DATABASE "${name}"`);
    return new InfluxdbBackend({ url: server.url, database: name });
  }
  const ask = (name: string, statement: string) => influxql(server.url, name, statement);

  it("has exactly what was written, and once what was written twice", async () => {
    const instance = new TestInstance();
    const snapshots = instance.flushes(50, (i) => [
      counterPoint("jobs", i + 0.25, { tags: { kind: "a" } }),
      gaugePoint("depth", i - 25),
      timerPoint("load", [0.0011 * (i + 1)]),
    ]);
    for (let again = 0; again < 2; again++) {
      // A new backend has not seen the acknowledgements of the first: so it is after an answer that was lost.
      const backend = await database("exact");
      for (const snapshot of snapshots) await backend.write(snapshot);
      await backend.close();
    }
    const [jobs] = await ask("exact", 'SELECT sum("delta"), count("delta"), last("total") FROM "jobs"');
    expect(jobs!.values[0]!.slice(1)).toEqual([49 * 25 + 12.5, 50, 49 * 25 + 12.5]);
    const [depth] = await ask("exact", 'SELECT "value" FROM "depth"');
    expect(depth!.values).toEqual(snapshots.map(({ end }, i) => [end * 1000, i - 25]));
    const [load] = await ask(
      "exact",
      'SELECT sum("count"), sum("bucket"), max("max") FROM "load" WHERE "le" = \'0.025\' OR "le" = \'\'',
    );
    expect(load!.values[0]!.slice(1)).toEqual([50, 22, 0.0011 * 50]);
  });

  it("gives names and tags of any text back as the lines say, each series by itself", async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(..."a,= \\\"'#\n\té😀_\ud800".split("")),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
      maxLength: 10,
    });
    // Reserved keys get another name, which has tests of its own.
    const key = text.filter((one) => !RESERVED_TAGS.has(one));
    const series = fc.tuple(text, fc.dictionary(key, text, { maxKeys: 3 }));
    const { seed } = new SeededRandom();
    const made = fc.sample(series, { seed: seed | 0, numRuns: LONG ? 2000 : 50 });
    const points = made.map(([name, tags]) => counterPoint(`m${name}`, 1, { tags }));
    const backend = await database("texts");
    await backend.write(snapshotOf({ points }));
    await backend.close();
    expect(backend.rejectedLines, `seed ${seed}`).toBe(0);
    const expected = new Set(
      points.map(({ series: { name, tags } }) => {
        const pairs = Object.entries(tags).map(([key, value]) => `,${tagText(key)}=${tagText(value)}`);
        const line = readLine(`${measurementText(name)}${pairs.join("")} f=1 1`);
        return JSON.stringify([line.measurement, Object.entries(line.tags).sort()]);
      }),
    );
    const found = (await ask("texts", 'SELECT sum("delta") FROM /^m/ GROUP BY *')).map(({ name, tags = {} }) => {
      const own = Object.entries(tags).filter(
        ([key, value]) => value !== "" && !["service", "host", "instance"].includes(key),
      );
      return JSON.stringify([name, own.sort()]);
    });
    expect(
      found.filter((one) => !expected.has(one)),
      `seed ${seed}`,
    ).toEqual([]);
    expect(new Set(found).size, `seed ${seed}`).toBe(expected.size);
  });

  it("takes numbers of any size, and whole ones after fractions", async () => {
    const values = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e21, -0, 5, 5.5, 2 ** 53];
    const instance = new TestInstance();
    const backend = await database("numbers");
    for (const value of values) await backend.write(instance.flush([gaugePoint("g", value)]));
    const [series] = await ask("numbers", 'SELECT "value" FROM "g"');
    expect(series!.values.map(([, value]) => value)).toEqual(values.map((value) => value + 0));
  });

  it("stores all but the lines whose field has another type there, and those are counted with its words", async () => {
    const backend = await database("conflict");
    const dropped: [number, string][] = [];
    backend.attach({ deliver: async () => {}, dropped: (points, why) => dropped.push([points, why]) });
    await fetch(`${server.url}/write?db=conflict`, { method: "POST", body: 'mine value="text" 1700000000000000000' });
    await backend.write(
      snapshotOf({ points: [gaugePoint("mine", 1), gaugePoint("fine", 2), counterPoint("calls", 3)] }),
    );
    expect(backend.rejectedLines).toBe(1);
    expect(dropped).toEqual([[1, expect.stringMatching(/partial write: field type conflict: .*"value".*"mine"/)]]);
    expect((await ask("conflict", 'SELECT "value" FROM "fine"'))[0]!.values[0]![1]).toBe(2);
    expect((await ask("conflict", 'SELECT "delta" FROM "calls"'))[0]!.values[0]![1]).toBe(3);
  });

  it("is told to create a database that it lacks, or creates it", async () => {
    const snapshot = snapshotOf({ points: [counterPoint("jobs", 1)] });
    const without = new InfluxdbBackend({ url: server.url, database: 'not "there"' });
    await expect(without.write(snapshot)).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(
        /404 database not found.*; run CREATE DATABASE "not \\"there\\"" there, or set createDatabase: true/,
      ),
    });
    const creating = new InfluxdbBackend({ url: server.url, database: 'not "there"', createDatabase: true });
    await creating.write(snapshot);
    // The first one goes on as soon as there is one.
    await without.write(snapshot);
    expect((await ask('not "there"', 'SELECT sum("delta") FROM "jobs"'))[0]!.values[0]![1]).toBe(1);
  });

  it("says which API it lacks, and which retention policy", async () => {
    const second = new InfluxdbBackend({ url: server.url, bucket: "b", token: "t" });
    await expect(second.write(snapshotOf())).rejects.toThrow(
      /404 .*Version 1 before 1.8 wants database instead of bucket/,
    );
    await influxql(server.url, "", 'CREATE DATABASE "policies"');
    const backend = new InfluxdbBackend({ url: server.url, database: "policies", retentionPolicy: "week" });
    const snapshot = snapshotOf({ end: Date.now() / 1000, points: [counterPoint("jobs", 1)] });
    await expect(backend.write(snapshot)).rejects.toThrow(/500 retention policy not found: week/);
    await influxql(server.url, "", 'CREATE RETENTION POLICY "week" ON "policies" DURATION 7d REPLICATION 1');
    await backend.write(snapshot);
    expect((await ask("policies", 'SELECT sum("delta") FROM "week"."jobs"'))[0]!.values[0]![1]).toBe(1);
  });
});

describeWith(["influxd"], "a real InfluxDB 1 that asks who writes", () => {
  it("takes lines from who may write only, and a wrong password is said without being shown", async () => {
    const { receiver, url } = await startInfluxdb({ http: ["auth-enabled = true"] });
    await using _ = receiver;
    await influxql(url, "", "CREATE USER root WITH PASSWORD 'r00t' WITH ALL PRIVILEGES");
    for (const statement of [
      "CREATE DATABASE d",
      "CREATE USER app WITH PASSWORD 'pässwörd'",
      "GRANT WRITE ON d TO app",
    ]) {
      await influxql(url, "", statement, "root:r00t");
    }
    const snapshot = snapshotOf({ points: [counterPoint("jobs", 1)] });
    const wrong = new InfluxdbBackend({ url, database: "d", username: "app", password: "guess" });
    const refused = await wrong.write(snapshot).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: "ACCESS_DENIED" });
    expect((refused as Error).message).toMatch(/401 .*; give username and password of a user that may write to "d"/);
    expect((refused as Error).message).not.toContain("guess");
    await new InfluxdbBackend({ url, database: "d", username: "app", password: "pässwörd" }).write(snapshot);
    const [jobs] = await influxql(url, "d", 'SELECT sum("delta") FROM "jobs"', "root:r00t");
    expect(jobs!.values[0]![1]).toBe(1);
  });
});
