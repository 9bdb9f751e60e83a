import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  chosenSource,
  loadConfig,
  openSource,
  openSourceState,
  type ResolvedConfig,
  shownConfigValue,
} from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const READER = `export function createReader(options) {
  const nothing = async () => [];
  return { options, summaries: nothing, series: nothing, points: nothing, stats: nothing, close: nothing };
}`;

const configOf = (monitoring: object, env: Readonly<Record<string, string>> = {}): Promise<ResolvedConfig> =>
  loadConfig({ config: { monitoring }, env });

describe("the source that is read", () => {
  test("is the backend, unless flags, environment or configuration say otherwise", async () => {
    const plain = await configOf({});
    expect(chosenSource(plain)).toBeUndefined();
    expect(chosenSource(plain, { url: "http://a" })).toEqual({ name: "prometheus", url: "http://a" });
    const configured = await configOf({ source: { name: "prometheus", url: "http://a" } });
    expect(chosenSource(configured)).toEqual({ name: "prometheus", url: "http://a" });
    expect(chosenSource(configured, { url: "http://b" })).toEqual({ name: "prometheus", url: "http://b" });
    expect(chosenSource(configured, { source: "backend" })).toBeUndefined();
    const named = { GIFLAB_METRICS_SOURCE: "prometheus", GIFLAB_METRICS_URL: "http://c" };
    expect(chosenSource(await configOf({}, named))).toEqual({ name: "prometheus", url: "http://c" });
    // An address in the environment alone changes nothing for those who have not asked for it.
    expect(chosenSource(await configOf({}, { GIFLAB_METRICS_URL: "http://c" }))).toBeUndefined();
  });

  test("is a package or file that gets the section's options", async () => {
    const folder = temporaryFolder({ "tsdb.mjs": READER });
    const source = { token: "t", labels: { cluster: "eu" }, timeoutSeconds: 5 };
    const config = { ...(await configOf({ source })), folder };
    const reader = await openSource(config, { name: "./tsdb.mjs", url: "http://a" });
    expect(reader).toMatchObject({ options: { url: "http://a", ...source } });
    expect((reader as unknown as { options: object }).options).not.toHaveProperty("name");
  });

  test("is refused with what to do when it has no url, is not there, or is none", async () => {
    const folder = temporaryFolder({ "empty.mjs": "", "odd.mjs": "export const createReader = () => ({})" });
    const config = { ...(await configOf({})), folder };
    const open = (name: string, url: string | undefined = "http://a") => openSource(config, { name, url });
    await expect(openSource(config, { name: "prometheus", url: undefined })).rejects.toThrow(
      /needs a url, such as --url/,
    );
    await expect(open("@acme/tsdb")).rejects.toMatchObject({
      code: "BACKEND_MISSING",
      message: 'source "@acme/tsdb" is not installed: install @acme/tsdb',
    });
    await expect(open("promtheus")).rejects.toThrow("did you mean prometheus?");
    await expect(open("influxdb")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    await expect(open("./empty.mjs")).rejects.toThrow("does not export createReader(options)");
    await expect(open("./odd.mjs")).rejects.toThrow("made no reader");
  });

  test("has its secrets hidden where a configuration is shown", () => {
    const shown = shownConfigValue("monitoring.source", {
      url: "http://me:pw@a",
      token: "t0k",
      password: "pw",
      username: "me",
    });
    expect(JSON.stringify(shown)).not.toMatch(/t0k|pw/);
  });
});

describe("alert states of a source", () => {
  test("are in a file of their own for each address, which only writing makes", async () => {
    const folder = temporaryFolder({});
    const config = await configOf({ sqlite: { dbPath: join(folder, "metrics.db") } });
    const read = await openSourceState(config, "http://a:9090", { write: false });
    expect(await read.list("")).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    const first = await openSourceState(config, "http://a:9090", { write: true });
    await first.compareAndSet("key", 0, '"of a"');
    await first.close();
    const again = await openSourceState(config, "http://a:9090", { write: false });
    expect(await again.get("key")).toMatchObject({ value: '"of a"' });
    await again.close();
    const other = await openSourceState(config, "http://b:9090", { write: true });
    expect(await other.get("key")).toBeUndefined();
    await other.close();
    expect(readdirSync(folder).filter((file) => file.endsWith(".db"))).toEqual([
      expect.stringMatching(/^alerts-a-9090-[0-9a-f]{8}\.db$/),
      expect.stringMatching(/^alerts-b-9090-[0-9a-f]{8}\.db$/),
    ]);
  });
});
