import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNode } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

const RECORD_RUNS = fileURLToPath(new URL("fixtures/record-runs.ts", import.meta.url));

describe("metrics grafana", () => {
  const fixture = new StoreFixture();
  beforeAll(async () => {
    const { code, stderr } = await startNode([RECORD_RUNS, fixture.dbPath, "1", "1", "7"]).finished;
    if (code !== 0) throw new Error(stderr);
    writeFileSync(
      join(fixture.folder, "giflab.config.json"),
      JSON.stringify({ monitoring: { alerts: { cacheHitRateWarning: 0.33 } } }),
    );
  });
  afterAll(() => fixture.remove());

  it("writes the dashboards of plugins and one of what else the store has, with the configured thresholds", async () => {
    const { code, stdout } = await fixture.giflab(["metrics", "grafana", "-o", "boards/new"]);
    expect(code).toBe(0);
    const files = readdirSync(join(fixture.folder, "boards/new")).sort();
    expect(files).toEqual(
      ["giflab_performance", "giflab_services"].flatMap((name) => [
        `${name}.json`,
        `${name}_import.json`,
        `${name}_influxdb.json`,
        `${name}_influxdb_import.json`,
      ]),
    );
    for (const file of files) expect(stdout).toContain(`boards/new/${file}`);
    const text = readFileSync(join(fixture.folder, "boards/new/giflab_performance.json"), "utf8");
    expect(text).toContain('"value": 0.33');
    expect(readFileSync(join(fixture.folder, "boards/new/giflab_services.json"), "utf8")).toContain(
      "request_duration_seconds_bucket",
    );
  });

  it("writes those of one database only, and names them as JSON", async () => {
    const args = ["metrics", "grafana", "-o", "prometheus", "--source", "prometheus", "--json"];
    const { code, stdout } = await fixture.giflab(args);
    expect(code).toBe(0);
    const { folder, files } = JSON.parse(stdout);
    expect(folder).toBe("prometheus");
    expect(files).toEqual(
      ["giflab_performance", "giflab_services"].flatMap((name) => [`${name}.json`, `${name}_import.json`]),
    );
    expect(readdirSync(join(fixture.folder, "prometheus")).sort()).toEqual([...files].sort());
  });
});
