import { existsSync } from "node:fs";
import { join } from "node:path";
import { MemoryBackend, type MetricsBackend } from "@giflab/metrics-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { createBackends, type GiflabConfig, loadConfig, openStore } from "../src/index.ts";
import { optionsOf } from "../src/named-backend.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const resolve = (config: GiflabConfig, cwd = "/") => loadConfig({ env: {}, cwd, config });

async function create(
  config: GiflabConfig,
  cwd = "/",
): Promise<{ backends: readonly MetricsBackend[]; warnings: string[] }> {
  const warnings: string[] = [];
  const resolved = await resolve(config, cwd);
  const backends = await createBackends(resolved, { onWarning: (message) => warnings.push(message) });
  onTestFinished(async () => void (await Promise.all(backends.map((backend) => backend.close()))));
  return { backends, warnings };
}

const names = (backends: readonly MetricsBackend[]): string[] => backends.map(({ name }) => name);

/** A backend that keeps the options it was made with. */
const RECORDING = `export function createBackend(options) {
  return { name: "recording", options, write() {}, async close() {} };
}`;

describe("backends by name", () => {
  test("makes each of a list, in its order, with its own section", async () => {
    const folder = temporaryFolder();
    const given = new MemoryBackend();
    const { backends, warnings } = await create({
      monitoring: { backend: ["sqlite", given, "memory"], sqlite: { dbPath: join(folder, "deep/er/m.db") } },
    });
    expect([names(backends), warnings]).toEqual([["sqlite", "memory", "memory"], []]);
    expect(backends[1]).toBe(given);
    expect(existsSync(join(folder, "deep/er/m.db"))).toBe(true);
  });

  test.each([
    ["for require and import", `{ "exports": "./index.js", "type": "module" }`],
    ["for import only", `{ "exports": { ".": { "import": { "node": "./index.js" } } }, "type": "module" }`],
  ])("finds a package %s beside the configuration file, and gives it its options", async (_, manifest) => {
    const folder = temporaryFolder({
      "node_modules/@acme/metrics/package.json": manifest,
      "node_modules/@acme/metrics/index.js": RECORDING,
    });
    const backendOptions = { "@acme/metrics": { url: "http://x" } };
    const { backends } = await create({ monitoring: { backend: "@acme/metrics", backendOptions } }, folder);
    expect(backends[0]).toMatchObject({ name: "recording", options: { url: "http://x" } });
  });

  test("makes OTLP of its section, names the wrong key in it, and says that it cannot be read", async () => {
    const otlp = { endpoint: "http://127.0.0.1:9", temporality: "delta" };
    const { backends, warnings } = await create({ monitoring: { backend: "otlp", backendOptions: { otlp } } });
    expect([names(backends), warnings]).toEqual([["otlp"], []]);
    const wrong = create({ monitoring: { backend: "otlp", backendOptions: { otlp: { endpont: "x" } } } });
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(wrong).rejects.toThrow("monitoring.backendOptions.otlp: endpont is not a known option");
    const opening = openStore(await resolve({ monitoring: { backend: "otlp" } }));
    await expect(opening).rejects.toThrow('backend "otlp" only takes metrics and answers no queries');
  });

  test("makes InfluxDB of its section, names the wrong key in it, and says that it cannot be read", async () => {
    const influxdb = { url: "http://127.0.0.1:9", database: "metrics", createDatabase: true };
    const { backends, warnings } = await create({ monitoring: { backend: "influxdb", backendOptions: { influxdb } } });
    expect([names(backends), warnings]).toEqual([["influxdb"], []]);
    const wrong = create({ monitoring: { backend: "influxdb", backendOptions: { influxdb: { databse: "x" } } } });
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(wrong).rejects.toThrow(
      "monitoring.backendOptions.influxdb: there is no option databse; did you mean database?",
    );
    const opening = openStore(await resolve({ monitoring: { backend: "influxdb", backendOptions: { influxdb } } }));
    await expect(opening).rejects.toThrow('backend "influxdb" only takes metrics and answers no queries');
  });

  test("finds a package in the further folders that are given", async () => {
    const root = temporaryFolder({
      "node_modules/@acme/metrics/package.json": `{ "exports": "./index.js", "type": "module" }`,
      "node_modules/@acme/metrics/index.js": RECORDING,
    });
    const config = await resolve({ monitoring: { backend: "@acme/metrics" } });
    await expect(createBackends(config)).rejects.toMatchObject({ code: "BACKEND_MISSING" });
    const [backend] = await createBackends(config, { roots: [root] });
    expect(backend).toMatchObject({ name: "recording", options: {} });
    expect(backend).not.toHaveProperty("options.roots");
  });

  test("finds a file beside the configuration file", async () => {
    const folder = temporaryFolder({ "own.mjs": RECORDING });
    expect(names((await create({ monitoring: { backend: "./own.mjs" } }, folder)).backends)).toEqual(["recording"]);
  });

  test("says what to install, or which name was meant", async () => {
    const missing = create({ monitoring: { backend: "@acme/none" } });
    await expect(missing).rejects.toMatchObject({ code: "BACKEND_MISSING" });
    await expect(missing).rejects.toThrow('backend "@acme/none" is not installed: install @acme/none');
    await expect(create({ monitoring: { backend: "sqllite" } })).rejects.toThrow("did you mean sqlite?");
    await expect(create({ monitoring: { backend: "./gone.mjs" } })).rejects.toMatchObject({ code: "BACKEND_MISSING" });
  });

  test("says that a package is no backend", async () => {
    const folder = temporaryFolder({
      "no.mjs": "export const x = 1;",
      "wrong.mjs": "export const createBackend = () => 5;",
    });
    await expect(create({ monitoring: { backend: "./no.mjs" } }, folder)).rejects.toThrow(
      "does not export createBackend",
    );
    await expect(create({ monitoring: { backend: "./wrong.mjs" } }, folder)).rejects.toThrow("made no backend");
  });

  test("options that a backend refuses are an invalid configuration, and name their key", async () => {
    const backendOptions = { sqlite: { rollupDays: 0 } };
    const refused = create({ monitoring: { backend: "sqlite", backendOptions, sqlite: { dbPath: "/nowhere/m.db" } } });
    await expect(refused).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(refused).rejects.toThrow(/monitoring\.sqlite: rollupDays must be/);
  });

  test("the socket of a StatsD server is found from the file's folder, and what lacks is said by its key", async () => {
    const config = await resolve({ monitoring: { statsd: { protocol: "unix", path: "run/s.sock" } } }, "/srv");
    expect(optionsOf("statsd", config)).toMatchObject({ protocol: "unix", path: "/srv/run/s.sock" });
    const refused = create({ monitoring: { backend: "statsd", statsd: { protocol: "unix" } } });
    await expect(refused).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(refused).rejects.toThrow(/monitoring\.statsd: path must be the socket of the server/);
  });

  test("one that cannot be opened or loaded is replaced by memory, and the others go on", async () => {
    const folder = temporaryFolder({
      "broken.mjs": "throw new Error('no such driver');",
      "own.mjs": RECORDING,
      "m.db/in-the-way": "",
    });
    const sqlite = { dbPath: "m.db" };
    const { backends, warnings } = await create(
      { monitoring: { backend: ["sqlite", "./broken.mjs", "./own.mjs"], sqlite } },
      folder,
    );
    expect(names(backends)).toEqual(["memory", "recording"]);
    expect(warnings).toEqual([expect.stringContaining("m.db"), expect.stringContaining("no such driver")]);
  });

  test("makes none when monitoring is off", async () => {
    expect((await create({ monitoring: { enabled: false, backend: "nonsense" } })).backends).toEqual([]);
  });
});

describe("opening the store of other processes", () => {
  const open = async (monitoring: GiflabConfig["monitoring"], write = false, cwd = "/") =>
    openStore(await resolve({ monitoring }, cwd), { write });

  test.each([
    ["memory" as const, /backend "memory" keeps metrics inside the process .* set backend: "sqlite"/],
    ["statsd" as const, /backend "statsd" sends metrics to metrics\.example:9125, .* GIFLAB_METRICS_BACKEND=sqlite/],
    [["memory", "statsd"], /"memory" .*; backend "statsd"/],
    [new MemoryBackend(), /inside the process that recorded them/],
  ])("says of %s that it cannot be read, and what to do", async (backend, message) => {
    const opening = open({ backend, statsd: { host: "metrics.example", port: 9125 } });
    await expect(opening).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(opening).rejects.toThrow(message);
  });

  test("names the socket that a StatsD server reads", async () => {
    const opening = open({ backend: "statsd", statsd: { protocol: "unix", path: "/run/s.sock" } });
    await expect(opening).rejects.toThrow('backend "statsd" sends metrics to /run/s.sock, where');
  });

  test("reads the first readable backend of a list, even while monitoring is off", async () => {
    const folder = temporaryFolder();
    const sqlite = { dbPath: join(folder, "m.db") };
    await (await open({ sqlite }, true)).close();
    const store = await open({ enabled: false, backend: ["statsd", "sqlite"], sqlite });
    expect(await store.summaries({ from: 0, to: 1 })).toEqual([]);
    await expect(store.clear()).rejects.toMatchObject({ code: "READ_ONLY" });
    await store.close();
  });

  test("makes no file when there is none to read", async () => {
    const folder = temporaryFolder();
    await expect(open({ sqlite: { dbPath: join(folder, "m.db") } })).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
    });
    expect(existsSync(join(folder, "m.db"))).toBe(false);
  });

  test("reads the file of a SQLite backend that the configuration file made, without writing to it", async () => {
    const { SqliteBackend } = await import("@giflab/backend-sqlite");
    const folder = temporaryFolder();
    const backend = new SqliteBackend({ dbPath: join(folder, "m.db") });
    await expect(open({ backend })).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(existsSync(backend.dbPath)).toBe(false);
    backend.open();
    const store = await open({ backend });
    expect(await store.list("")).toEqual([]);
    await store.close();
    await backend.close();
  });

  test("says that a backend of somebody else's answers no queries", async () => {
    const folder = temporaryFolder({ "own.mjs": RECORDING });
    await expect(open({ backend: "./own.mjs" }, false, folder)).rejects.toThrow('"./own.mjs" only takes metrics');
  });
});
