import { homedir } from "node:os";
import { join } from "node:path";
import { isMetricsError, MemoryBackend } from "@giflab/metrics-core";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { defineConfig, type LoadConfigOptions, loadConfig, type MonitoringExtension } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SETTING = "{ monitoring: { flushIntervalSeconds: 5 } }";
const shop: MonitoringExtension = {
  name: "shop",
  metrics: {},
  sections: {
    shopCache: v.strictObject({
      limitMb: v.optional(v.pipe(v.number(), v.minValue(1)), 50),
      policy: v.optional(v.picklist(["lru", "slru"]), "lru"),
    }),
  },
};

const load = (options: LoadConfigOptions) => loadConfig({ env: {}, ...options });

/** The message of the one `INVALID_CONFIG` that loading ends with. */
async function problem(options: LoadConfigOptions): Promise<string> {
  const error: unknown = await load(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isMetricsError(error, "INVALID_CONFIG")) throw new Error(`no INVALID_CONFIG but ${String(error)}`);
  return error.message;
}

describe("finding the file", () => {
  test.each([
    [
      "giflab.config.ts",
      `const interval: number = 5;\nexport default { monitoring: { flushIntervalSeconds: interval } };`,
    ],
    ["giflab.config.mts", `export default ${SETTING} satisfies object;`],
    ["giflab.config.js", `export default ${SETTING};`],
    ["giflab.config.mjs", `export default ${SETTING};`],
    ["giflab.config.json", `\uFEFF{ "$schema": "x", "monitoring": { "flushIntervalSeconds": 5 } }`],
  ])("reads %s from the nearest folder upward", async (name, content) => {
    const folder = temporaryFolder({
      [name]: content,
      "package.json": `{ "type": "module" }`,
      "sub/deeper/readme.md": "",
    });
    const config = await load({ cwd: join(folder, "sub/deeper") });
    expect(config.file).toBe(join(folder, name));
    expect(config.folder).toBe(folder);
    expect(config.monitoring.flushIntervalSeconds).toBe(5);
    expect(config.origins.get("monitoring.flushIntervalSeconds")).toEqual({ source: "file", detail: config.file });
  });

  test("reads a CommonJS giflab.config.js", async () => {
    const folder = temporaryFolder({ "giflab.config.js": `module.exports = ${SETTING};`, "package.json": "{}" });
    expect((await load({ cwd: folder })).monitoring.flushIntervalSeconds).toBe(5);
  });

  test("prefers GIFLAB_CONFIG, and an empty variable counts as not set", async () => {
    const folder = temporaryFolder({
      "giflab.config.json": "{}",
      "etc/other.json": `{ "monitoring": { "bufferSize": 7 } }`,
    });
    const named = await load({ cwd: folder, env: { GIFLAB_CONFIG: "etc/other.json" } });
    expect([named.file, named.monitoring.bufferSize]).toEqual([join(folder, "etc/other.json"), 7]);
    expect((await load({ cwd: folder, env: { GIFLAB_CONFIG: "" } })).file).toBe(join(folder, "giflab.config.json"));
  });

  test("says which variable names a file that does not exist", async () => {
    const folder = temporaryFolder();
    expect(await problem({ cwd: folder, env: { GIFLAB_CONFIG: "gone.json" } })).toBe(
      `GIFLAB_CONFIG names ${join(folder, "gone.json")}, which does not exist`,
    );
  });

  test("names the file that cannot be parsed, loaded or used", async () => {
    const json = temporaryFolder({ "giflab.config.json": "{ monitoring: 1 }" });
    expect(await problem({ cwd: json })).toMatch(/giflab\.config\.json cannot be read: .*JSON/);
    const list = temporaryFolder({ "giflab.config.json": "[]" });
    expect(await problem({ cwd: list })).toBe(`${list}/giflab.config.json must hold an object`);
    const unnamed = temporaryFolder({ "giflab.config.mjs": "export const config = {};" });
    expect(await problem({ cwd: unnamed })).toContain("must have an object as its default export");
    const throwing = temporaryFolder({ "giflab.config.mjs": "throw new Error('no network');" });
    expect(await problem({ cwd: throwing })).toContain("giflab.config.mjs cannot be loaded: no network");
    const foreign = temporaryFolder({ "settings.yaml": "a: 1" });
    expect(await problem({ cwd: foreign, file: "settings.yaml" })).toContain(".ts, .mts, .js, .mjs, .json");
  });
});

describe("values in force", () => {
  test("has the documented defaults without a file", async () => {
    const config = await load({ cwd: temporaryFolder() });
    expect(config.file).toBeUndefined();
    expect(config.monitoring).toEqual({
      enabled: true,
      backend: "sqlite",
      bufferSize: 10_000,
      flushIntervalSeconds: 10,
      samplingRate: 1,
      sqlite: {
        dbPath: join(homedir(), ".giflab_cache", "metrics.db"),
        retentionDays: 7,
        maxSizeMb: 100,
        rawHours: 24,
        durability: "process",
      },
      statsd: {},
      backendOptions: {},
      source: {},
      alerts: {
        cacheHitRateWarning: 0.4,
        cacheHitRateCritical: 0.2,
        memoryUsageWarning: 0.8,
        memoryUsageCritical: 0.95,
        evictionRateSpike: 3,
        responseTimeDegradation: 1.5,
        notifiers: [],
      },
      systems: {},
    });
    expect([...config.origins.values()].every(({ source }) => source === "default")).toBe(true);
  });

  test("takes values from the environment before the file, and says so", async () => {
    const folder = temporaryFolder({
      "giflab.config.json": JSON.stringify({
        monitoring: {
          enabled: true,
          service: "file",
          samplingRate: 7,
          sqlite: { dbPath: "file.db", retentionDays: 3 },
        },
      }),
    });
    const { monitoring, origins } = await load({
      cwd: folder,
      env: {
        GIFLAB_MONITORING_ENABLED: "off",
        GIFLAB_METRICS_DB: "env.db",
        GIFLAB_METRICS_BACKEND: "sqlite, statsd",
        GIFLAB_SERVICE: "checkout",
        GIFLAB_FLUSH_INTERVAL_SECONDS: "0.5",
        GIFLAB_SAMPLING_RATE: "0.25",
      },
    });
    expect(monitoring).toMatchObject({
      enabled: false,
      service: "checkout",
      backend: ["sqlite", "statsd"],
      flushIntervalSeconds: 0.5,
      samplingRate: 0.25,
      sqlite: { dbPath: join(folder, "env.db"), retentionDays: 3 },
    });
    expect(origins.get("monitoring.sqlite.dbPath")).toEqual({ source: "env", detail: "GIFLAB_METRICS_DB" });
    expect(origins.get("monitoring.sqlite.retentionDays")?.source).toBe("file");
    expect(origins.get("monitoring.sqlite.rawHours")).toEqual({ source: "default" });
  });

  test("resolves dbPath from the file's folder, from the home folder, and the environment's from the working directory", async () => {
    const folder = temporaryFolder({
      "giflab.config.json": `{ "monitoring": { "sqlite": { "dbPath": "data/m.db" } } }`,
    });
    const dbPath = async (options: LoadConfigOptions) => (await load(options)).monitoring.sqlite.dbPath;
    const file = join(folder, "giflab.config.json");
    expect(await dbPath({ cwd: "/", file })).toBe(join(folder, "data/m.db"));
    const nothing = { monitoring: { sqlite: { dbPath: null } } };
    expect(await dbPath({ cwd: "/", config: nothing })).toBe(join(homedir(), ".giflab_cache", "metrics.db"));
    expect(await dbPath({ cwd: "/", file, env: { GIFLAB_METRICS_DB: "m.db" } })).toBe("/m.db");
    expect(await dbPath({ cwd: folder, env: { GIFLAB_METRICS_DB: "~/m.db" } })).toBe(join(homedir(), "m.db"));
  });

  test("keeps a backend made in the file as it is", async () => {
    const backend = new MemoryBackend();
    const config = defineConfig({ monitoring: { backend: [backend, "statsd"] } });
    expect((await load({ cwd: "/", config })).monitoring.backend).toEqual([backend, "statsd"]);
    expect(((await load({ cwd: "/", config })).monitoring.backend as unknown[])[0]).toBe(backend);
  });

  test("completes the sections of extensions, written or not", async () => {
    const config = { shopCache: { policy: "slru" } };
    const { sections, origins } = await load({ cwd: "/", config, extensions: [shop] });
    expect(sections).toEqual({ shopCache: { limitMb: 50, policy: "slru" } });
    expect(origins.get("shopCache.policy")?.source).toBe("file");
    expect(origins.get("shopCache.limitMb")?.source).toBe("default");
    expect((await load({ cwd: "/", extensions: [shop] })).sections).toEqual({
      shopCache: { limitMb: 50, policy: "lru" },
    });
  });
});

describe("what is not allowed", () => {
  const refuse = (config: Record<string, unknown>, env = {}) => problem({ cwd: "/", config, env, extensions: [shop] });

  test.each([
    [{ flushIntervalSeconds: 0 }, "monitoring.flushIntervalSeconds must be a number from 0.1 to 3600, got 0"],
    [{ flushIntervalSeconds: "10" }, 'monitoring.flushIntervalSeconds must be a number from 0.1 to 3600, got "10"'],
    [{ bufferSize: 1.5 }, "monitoring.bufferSize must be a whole number from 1 to 10000000, got 1.5"],
    [{ enabled: "yes" }, 'monitoring.enabled must be true or false, got "yes"'],
    [{ service: " " }, 'monitoring.service must be text of 1 to 200 characters, got " "'],
    [{ sqlite: [] }, "monitoring.sqlite must be an object, got []"],
    [{ systems: [] }, "monitoring.systems must be an object, got []"],
    [{ sqlite: { durability: "fast" } }, 'monitoring.sqlite.durability must be "process" or "power", got "fast"'],
    [{ sqlite: { retentionDays: Number.NaN } }, "monitoring.sqlite.retentionDays must be"],
    [{ statsd: { port: 0 } }, "monitoring.statsd.port must be a whole number from 1 to 65535, got 0"],
    [{ statsd: { protocol: "sctp" } }, 'monitoring.statsd.protocol must be "udp" or "tcp" or "unix", got "sctp"'],
    [{ statsd: { timerSamples: 0 } }, "monitoring.statsd.timerSamples must be a whole number from 1 to 1000, got 0"],
    [{ statsd: { maxDatagramBytes: 9 } }, "monitoring.statsd.maxDatagramBytes must be a whole number from 64 to 65507"],
    [
      { statsd: { dialect: "signalfx" } },
      'monitoring.statsd.dialect must be "etsy" or "graphite" or "dogstatsd" or "influx" or "telegraf", got "signalfx"',
    ],
    [
      { alerts: { cacheHitRateWarning: 0.1 } },
      "cacheHitRateCritical must be at most cacheHitRateWarning (0.1), got 0.2",
    ],
    [
      { alerts: { memoryUsageCritical: 0.5 } },
      "memoryUsageCritical must be at least memoryUsageWarning (0.8), got 0.5",
    ],
    [{ alerts: { evictionRateSpike: 1 } }, "monitoring.alerts.evictionRateSpike must be a number above 1"],
    [{ backend: { write() {} } }, 'monitoring.backend must be "memory", "sqlite", "statsd", '],
    [{ backend: [] }, "or a list of these, got []"],
    [{ systems: { sampling: "off" } }, 'monitoring.systems.sampling must be true or false, got "off"'],
    [{ bufersize: 1 }, "monitoring.bufersize is not a known key: did you mean bufferSize?"],
    [{ sqlite: { qqqq: 1 } }, "monitoring.sqlite.qqqq is not a known key; known here: dbPath, retentionDays"],
  ])("refuses monitoring: %j", async (monitoring, message) => {
    expect(await refuse({ monitoring })).toContain(message);
  });

  test("refuses values in sections of extensions by their own schema", async () => {
    expect(await refuse({ shopCache: { limitMb: 0 } })).toBe("configuration: shopCache.limitMb must be >=1, got 0");
    expect(await refuse({ shopCache: { policy: "fifo" } })).toContain('must be "lru" or "slru", got "fifo"');
    expect(await refuse({ shopCache: { limit: 1 } })).toContain("did you mean limitMb?");
    expect(await refuse({ shopCache: true })).toContain("shopCache must be an object, got true");
  });

  test("refuses sections that nobody knows, with the nearest that somebody does", async () => {
    expect(await refuse({ shopCahce: {} })).toContain("shopCahce is not a known key: did you mean shopCache?");
    const kept = await load({ cwd: "/", config: { other: { a: 1 } }, unknownSections: "keep" });
    expect([kept.sections["other"], kept.unknownSections]).toEqual([{ a: 1 }, ["other"]]);
  });

  test("shows no secrets in what it says", async () => {
    const vault = {
      name: "vault",
      metrics: {},
      sections: { vault: v.strictObject({ token: v.number(), url: v.number() }) },
    };
    const config = { vault: { token: "s3cret", url: "https://me:s3cret@host/db" } };
    const said = await problem({ cwd: "/", config, extensions: [vault] });
    expect(said).toContain('vault.token must be a number, got "(hidden)"');
    expect(said).toContain("https://(hidden)@host/db");
    expect(said).not.toContain("s3cret");
    const nested = { monitoring: { backend: { url: "x", apiKey: "s3cret" } } };
    expect(await problem({ cwd: "/", config: nested as never })).toContain('got {"url":"x","apiKey":"(hidden)"}');
    const headers = { monitoring: { backend: { headers: { "x-team": "s3cret" } } } };
    expect(await problem({ cwd: "/", config: headers as never })).toContain('got {"headers":"(hidden)"}');
  });

  test("names the environment variable whose value is wrong", async () => {
    expect(await refuse({}, { GIFLAB_LOG_LEVEL: "loud" })).toContain("GIFLAB_LOG_LEVEL must be one of TRACE, DEBUG,");
    await load({ cwd: "/", config: {}, env: { GIFLAB_LOG_LEVEL: "debug" } });
    expect(await refuse({}, { GIFLAB_SAMPLING_RATE: "abc" })).toContain(
      'GIFLAB_SAMPLING_RATE (monitoring.samplingRate) must be a number above 0 and at most 1 (enabled: false turns monitoring off), got "abc"',
    );
    expect(await refuse({}, { GIFLAB_MONITORING_ENABLED: "maybe" })).toContain(
      'GIFLAB_MONITORING_ENABLED (monitoring.enabled) must be 1 or 0, got "maybe"',
    );
  });

  test("tells all problems of a file at once", async () => {
    const folder = temporaryFolder({
      "giflab.config.json": `{ "monitring": 1, "monitoring": { "a": 1, "b": 2, "samplingRate": 0, "sqlite": { "maxSizeMb": 0 } } }`,
    });
    const lines = (await problem({ cwd: folder })).split("\n");
    expect(lines[0]).toBe(`${folder}/giflab.config.json has 5 problems:`);
    for (const key of ["monitring", "a", "b", "samplingRate", "sqlite.maxSizeMb"]) {
      const path = key === "monitring" ? key : `monitoring.${key}`;
      expect(lines.filter((line) => line.startsWith(`  ${path} `))).toHaveLength(1);
    }
  });
});
