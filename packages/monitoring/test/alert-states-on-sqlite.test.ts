import { join } from "node:path";
import { AlertManager, AlertRule, type AlertRuleOptions } from "@giflab/alerting";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const slow: AlertRuleOptions = {
  name: "slow",
  metricPattern: "load",
  statistic: "max",
  warningThreshold: 1,
  for: "5m",
};

describe("alert states in a SQLite store", () => {
  test("let `for: 5m` work when a cron job opens the store, evaluates and ends, every minute", async () => {
    const dbPath = join(temporaryFolder(), "metrics.db");
    const clock = new ManualClock(Math.floor(Date.now() / 1000));
    const app = new MetricsCollector({
      backends: [new SqliteBackend({ dbPath, clock })],
      clock,
      service: "app",
      handleSignals: false,
    });
    const seen: string[] = [];
    for (const seconds of [2, 2, 2, 2, 2, 2, 0.1, 0.1]) {
      app.recordTimer("load", seconds);
      clock.advance(60);
      await app.flush();
      const store = new SqliteBackend({ dbPath, clock });
      const manager = new AlertManager({ reader: store, state: store, clock, rules: [new AlertRule(slow)] });
      const { status, alerts, resolved } = await manager.evaluate({ windowSeconds: 60 });
      seen.push(`${status} ${alerts[0]?.state ?? (resolved.length > 0 ? "resolved" : "none")}`);
      await store.close();
    }
    await app.close();
    expect(seen).toEqual([...new Array(5).fill("ok pending"), "warning firing", "ok resolved", "ok resolved"]);
  });

  test("are stepped once by evaluators with connections of their own at the same time", async () => {
    const dbPath = join(temporaryFolder(), "metrics.db");
    const clock = new ManualClock(Math.floor(Date.now() / 1000));
    const app = new SqliteBackend({ dbPath, clock });
    const collector = new MetricsCollector({ backends: [app], clock, service: "app", handleSignals: false });
    for (let series = 0; series < 50; series++) collector.recordTimer("load", 2, { series });
    clock.advance(10);
    await collector.flush();
    const stores = Array.from({ length: 5 }, () => new SqliteBackend({ dbPath, clock }));
    const managers = stores.map(
      (store) => new AlertManager({ reader: store, state: store, clock, rules: [new AlertRule({ ...slow, for: 0 })] }),
    );
    const reports = await Promise.all(managers.map((manager) => manager.evaluate()));
    expect(reports.map(({ alerts }) => alerts.length)).toEqual(new Array(5).fill(50));
    expect(reports.flatMap(({ transitions }) => transitions)).toHaveLength(50);
    expect(await managers[0]!.history()).toHaveLength(50);
    for (const store of stores) await store.close();
    await collector.close();
  });
});
