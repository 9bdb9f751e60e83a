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
    const recording = await fixture.startRecording("live");
    try {
      expect(await fixture.giflab(["metrics", "compact"])).toMatchObject({ code: 0, stderr: "" });
    } finally {
      await recording.stop();
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
