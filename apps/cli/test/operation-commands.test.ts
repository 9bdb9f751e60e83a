import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreFixture } from "./store-fixture.ts";

let fixture: StoreFixture;

beforeAll(async () => {
  fixture = new StoreFixture();
  await fixture.record("api");
  await fixture.record("web");
});

afterAll(() => fixture.remove());

describe("metrics backend-stats", () => {
  test("shows rows by their form, the log, what was done last and the limits", async () => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "backend-stats"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of [
      /^points +10$/m,
      /^series +5$/m,
      /^size per sample +[\d,.]+ B$/m,
      /^log \(WAL\) +/m,
      /^rows: flushes, hot +2$/m,
      /^rows: flushes, sealed +0$/m,
      /^rows: minutes +0$/m,
      /^rows: hours +0$/m,
      /^last seal +never$/m,
      /^last roll-up +never$/m,
      /^last clean-up +\d{4}-.* ago\)$/m,
      /^limit: flushes +24 h$/m,
      /^limit: flushes and minutes +7 d$/m,
      /^limit: hours +400 d$/m,
      /^limit: size +100 MB$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });
});

describe("metrics compact", () => {
  test("says what it saved and how many rows there are in which form", async () => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "compact"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/metrics\.db: (saved .* \([\d.]+ %\)|nothing to save), .* before, .* now$/m);
    expect(stdout).toMatch(/^flushes not yet sealed +2 +2$/m);
    const { stdout: json } = await fixture.giflab(["metrics", "compact", "--json"]);
    expect(JSON.parse(json)).toMatchObject({
      dbPath: fixture.dbPath,
      after: { rows: { hot: 2 } },
      leftToAnother: false,
    });
  });

  test("works beside a program that records", async () => {
    const live = new StoreFixture();
    const recording = await live.startRecording("live");
    try {
      expect(await live.giflab(["metrics", "compact"])).toMatchObject({ code: 0, stderr: "" });
    } finally {
      await recording.stop();
      live.remove();
    }
  });

  test("without a store it says so and makes none", async () => {
    const missing = await fixture.giflab(["metrics", "compact"], {
      env: { GIFLAB_METRICS_DB: `${fixture.folder}/no.db` },
    });
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toMatch(/^no metrics recorded yet at .*no\.db: /);
  });

  test("a configuration without a SQLite store is told how to name one", async () => {
    const memory = await fixture.giflab(["metrics", "compact"], { env: { GIFLAB_METRICS_BACKEND: "memory" } });
    expect(memory).toMatchObject({ code: 2, stdout: "" });
    expect(memory.stderr).toMatch(/^this works on a SQLite store, and .* has backend memory: name a file with /);
  });
});

describe("metrics backup", () => {
  test("copies the store, which then answers like the original", async () => {
    const target = `${fixture.folder}/copy.db`;
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "backup", target]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^copied .*metrics\.db to .*copy\.db \([\d.]+ (KB|MB)\)$/m);
    const args = ["metrics", "status", "--json", "--start", "-1h", "--end", "now"];
    const metrics = async (db: string): Promise<unknown> => {
      const { stdout: json } = await fixture.giflab(args, { env: { GIFLAB_METRICS_DB: db } });
      return (JSON.parse(json) as { metrics: { name: string; sum: number }[] }).metrics.map(({ name, sum }) => [
        name,
        sum,
      ]);
    };
    expect(await metrics(target)).toEqual(await metrics(fixture.dbPath));
  });

  test("replaces a file only with --force", async () => {
    const target = `${fixture.folder}/again.db`;
    const backup = (...more: string[]) => fixture.giflab(["metrics", "backup", target, ...more]);
    expect(await backup()).toMatchObject({ code: 0 });
    const refused = await backup();
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/again\.db exists already: name another file, or overwrite it with --force\n$/);
    expect(await backup("--force", "--json")).toMatchObject({ code: 0 });
  });

  test("wants a file", async () => {
    const { code, stderr } = await fixture.giflab(["metrics", "backup"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Missing 1 required arg:\nFILE {2}The file to make\.\n/);
  });
});

describe("metrics verify", () => {
  test("finds a store sound, and a copy of it: exit code 0", async () => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "verify"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^.*metrics\.db: sound\nchecked 2 rows, 0 blocks with 0 chunks, 10 points$/m);
    const copy = `${fixture.folder}/verified.db`;
    await fixture.giflab(["metrics", "backup", copy]);
    const json = await fixture.giflab(["metrics", "verify", copy, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ dbPath: copy, sound: true, damage: [], notes: [] });
  });

  test("names every damaged row and what to do, exit code 1; done, the store is sound", async () => {
    const damaged = `${fixture.folder}/damaged.db`;
    await fixture.giflab(["metrics", "backup", damaged]);
    change(damaged, "UPDATE metrics SET data = x'5a'");
    const { code, stdout } = await fixture.giflab(["metrics", "verify", damaged]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^row 1 of metrics: a row cannot be read: unknown format 90\n {2}DELETE FROM metrics WHERE id = 1;$/m,
    );
    expect(stdout).toMatch(/damaged\.db: damaged in 2 places; run what stands below each with sqlite3/);
    const json = await fixture.giflab(["metrics", "verify", damaged, "--json"]);
    expect(json.code).toBe(1);
    const { damage } = JSON.parse(json.stdout) as { damage: { remedy: string }[] };
    for (const { remedy } of damage) change(damaged, remedy);
    expect(await fixture.giflab(["metrics", "verify", damaged])).toMatchObject({ code: 0 });
  });

  test("what is no store is exit code 2", async () => {
    expect(await fixture.giflab(["metrics", "verify", `${fixture.folder}/none.db`])).toMatchObject({
      code: 2,
      stdout: "",
    });
    expect(await fixture.giflab(["metrics", "verify", "--deep"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("metrics merge", () => {
  test("merges the files of other hosts into the configured store, and changes nothing the second time", async () => {
    const [here, there] = [new StoreFixture(), new StoreFixture()];
    await here.record("here");
    await there.record("there");
    const first = await here.giflab(["metrics", "merge", there.dbPath, fixture.dbPath]);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/metrics\.db: 3 rows merged\nfile +rows +merged +points\n/);
    const again = await here.giflab(["metrics", "merge", there.dbPath, fixture.dbPath, "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      dbPath: here.dbPath,
      sources: [{ mergedRows: 0 }, { mergedRows: 0 }],
    });
    const status = await here.giflab(["metrics", "status", "--json", "--start", "-1h", "--metric", "cache.frame.hits"]);
    expect(JSON.parse(status.stdout)).toMatchObject({
      metrics: [{ sum: 120, services: ["api", "here", "there", "web"] }],
    });
    expect(await here.giflab(["metrics", "verify"])).toMatchObject({ code: 0 });
    for (const one of [here, there]) one.remove();
  });

  test("--into merges into a file of its own, with a limit of its own", async () => {
    const into = `${fixture.folder}/fleet.db`;
    const args = ["metrics", "merge", fixture.dbPath, "--into", into];
    expect(await fixture.giflab([...args, "--max-size-mb", "500"])).toMatchObject({ code: 0, stderr: "" });
    const { stdout } = await fixture.giflab(["metrics", "backend-stats"], { env: { GIFLAB_METRICS_DB: into } });
    expect(stdout).toMatch(/^limit: size +500 MB$/m);
    expect(await fixture.giflab([...args, "--max-size-mb", "lots"])).toMatchObject({ code: 2, stdout: "" });
    expect(await fixture.giflab([...args, "--max-size-mb", "0"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("what is damaged is left out and named, exit code 1; what cannot be merged is exit code 2", async () => {
    const damaged = `${fixture.folder}/broken.db`;
    await fixture.giflab(["metrics", "backup", damaged]);
    change(damaged, "UPDATE metrics SET data = x'5a' WHERE id = 1");
    const merged = await fixture.giflab(["metrics", "merge", damaged, "--into", `${fixture.folder}/rest.db`]);
    expect(merged.code).toBe(1);
    expect(merged.stdout).toMatch(/rest\.db: 1 row merged/);
    expect(merged.stderr).toMatch(
      /^row 1 of metrics in .*broken\.db: a row cannot be read: unknown format 90: it was left out\n$/,
    );
    expect(await fixture.giflab(["metrics", "merge", fixture.dbPath])).toMatchObject({ code: 2, stdout: "" });
    change(
      damaged,
      `UPDATE metric SET kind = 'gauge', definition = '{"kind":"gauge"}' WHERE name = 'cache.frame.hits'`,
    );
    const refused = await fixture.giflab(["metrics", "merge", damaged]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(
      /^nothing was merged: cache\.frame\.hits is a counter in \{hit\} in .* and a gauge in /,
    );
  });
});

/** Runs SQL on a store, as an operator does with the shell. */
function change(dbPath: string, sql: string): void {
  const db = new DatabaseSync(dbPath);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}
