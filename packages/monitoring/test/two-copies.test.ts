import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const packages = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "giflab-copies-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Installs the built packages once more, as a package manager does for a dependency that wants another version. */
function install(name: string, version: string): string {
  const modules = join(folder, name, "node_modules");
  for (const one of ["metrics-core", "instrumentation", "alerting", "monitoring", "backend-sqlite"]) {
    const target = join(modules, "@giflab", one);
    cpSync(join(packages, one, "dist"), join(target, "dist"), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(packages, one, "package.json"), "utf8"));
    const { exports } = manifest.publishConfig;
    writeFileSync(join(target, "package.json"), JSON.stringify({ ...manifest, version, exports }));
  }
  for (const [owner, dependency] of [
    ["monitoring", "valibot"],
    ["backend-sqlite", "better-sqlite3"],
  ] as const) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(packages, owner, "node_modules", dependency), join(modules, dependency));
  }
  return join(modules, "@giflab", "monitoring", "dist", "index.js");
}

let copies: string[];
beforeAll(() => {
  copies = [install("one", "0.1.0"), install("two", "0.9.0"), join(packages, "monitoring", "src", "index.ts")];
});

it.each([
  ["two installed versions", 0, 1],
  ["a built copy and the sources", 0, 2],
])("%s in one process count once, and share collector, alert rules and exit", (_, first, second) => {
  const program = `
    import { channel } from "node:diagnostics_channel";
    import * as one from ${JSON.stringify(copies[first])};
    import * as two from ${JSON.stringify(copies[second])};
    const early = two.getMetricsCollector().counter("early");
    early.add(1);
    const a = await one.instrumentAllSystems();
    const b = await two.instrumentAllSystems();
    channel("giflab:cache").publish({ cache: "frame", operation: "get", outcome: "hit", seconds: 0.001 });
    two.trackCounter({ metricName: "calls" }, () => {})();
    one.trackCounter({ metricName: "calls" }, () => {})();
    two.getAlertManager().addRule(new two.AlertRule({ name: "mine", metricPattern: "calls", warningThreshold: 1, criticalThreshold: 2 }));
    const shared = one.getMetricsCollector() === two.getMetricsCollector() && one.getAlertManager() === two.getAlertManager();
    await a.collector.flush();
    const now = Date.now() / 1000;
    const summaries = await a.reader.summaries({ from: now - 60, to: now + 1 });
    const sum = (name) => summaries.filter((s) => s.name === name).reduce((total, s) => total + s.sum, 0);
    console.log(JSON.stringify({
      different: one.MetricsCollector !== two.MetricsCollector,
      shared,
      hits: sum("cache.frame.hits"),
      calls: sum("calls"),
      early: sum("early"),
      rules: one.getAlertManager().rules.some((rule) => rule.name === "mine"),
      listeners: ["exit", "SIGTERM"].map((event) => process.listenerCount(event)),
    }));
    await b.stop();
    await a.stop();
    console.log(channel("giflab:cache").hasSubscribers);
  `;
  const file = join(folder, `${first}-${second}.mjs`);
  writeFileSync(file, program);
  const env = { ...process.env, NODE_PATH: "", HOME: folder, GIFLAB_METRICS_DB: join(folder, `${first}-${second}.db`) };
  const output = execFileSync(process.execPath, ["--conditions=@giflab/source", file], {
    encoding: "utf8",
    env,
    cwd: folder,
  });
  const [seen, left] = output.trim().split("\n");
  expect(JSON.parse(seen!)).toEqual({
    different: true,
    shared: true,
    hits: 1,
    calls: 2,
    early: 1,
    rules: true,
    listeners: [1, 1],
  });
  expect(left).toBe("false");
});
