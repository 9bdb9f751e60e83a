import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALERT_METRICS } from "@giflab/alerting";
import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { describeWith, type HttpReceiver, startInfluxdb } from "@giflab/backend-testkit/receivers";
import { dashboardRows, type GrafanaPanel, type GrafanaTarget, grafanaDashboard } from "@giflab/dashboard";
import { SELF_METRICS } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { processingDashboard } from "../../src/config/processing-dashboard.ts";
import { processingMetrics } from "../../src/config/processing-metrics.ts";
import { expectedLine, type Window } from "./expected-line.ts";
import { linesOf } from "./lines-of.ts";
import { nearestBounds } from "./nearest-bounds.ts";
import { ProgramUnderLoad } from "./program-under-load.ts";

const catalogue = { ...ALERT_METRICS, ...SELF_METRICS, ...processingMetrics };
const dashboard = grafanaDashboard({ layout: processingDashboard, catalogue, source: "influxdb" });
const rows = dashboardRows(processingDashboard, catalogue);
const panels = dashboard.panels.flatMap((one): readonly GrafanaPanel[] => (one.type === "row" ? one.panels : [one]));

/** Longer than all time since 1970, so that there is one step. */
const STEP = "30000d";

describeWith(["influxd"], "every panel of the dashboard on a real InfluxDB", () => {
  const folder = mkdtempSync(join(tmpdir(), "giflab-grafana-"));
  let program: ProgramUnderLoad;
  let influxdb: HttpReceiver;
  let window: Window;

  /** The newest value of each series of a query, by the values of the tags. */
  const ask = async (query: string, by: readonly string[], from: number): Promise<Map<string, number>> => {
    const statement = query
      .replaceAll("$timeFilter", `time > ${Math.round(from * 1000)}ms AND time <= ${Math.round(window.to * 1000)}ms`)
      .replaceAll("$__interval_ms", String((window.to - window.from) * 1000))
      .replaceAll("$__interval", STEP)
      .replaceAll("$service", "grafana-test")
      .replaceAll("$instance", ".*");
    const parameters = new URLSearchParams({ db: "metrics", epoch: "ms", q: statement });
    const response = await fetch(`${influxdb.url}/query?${parameters}`);
    const answer = (await response.json()) as {
      readonly error?: string;
      readonly results?: readonly {
        readonly error?: string;
        readonly series?: readonly {
          readonly tags?: Readonly<Record<string, string>>;
          readonly values: readonly (readonly [number, number | null])[];
        }[];
      }[];
    };
    const [result] = answer.results ?? [];
    if ((answer.error ?? result?.error) !== undefined)
      throw new Error(`${statement}: ${answer.error ?? result?.error}`);
    return new Map(
      (result?.series ?? []).flatMap(({ tags = {}, values }) => {
        const value = values.findLast(([, one]) => one !== null)?.[1];
        return value == null ? [] : [[JSON.stringify(by.map((tag) => tags[tag] ?? "")), value] as const];
      }),
    );
  };

  beforeAll(async () => {
    influxdb = await startInfluxdb();
    const backend = new InfluxdbBackend({ url: influxdb.url, database: "metrics", createDatabase: true });
    program = new ProgramUnderLoad(folder, [backend]);
    for (let round = 0; round < 4; round++) await program.work();
    await program.flush();
    const from = Date.now() / 1000;
    for (let round = 0; round < 10; round++) {
      await program.work();
      if (round % 3 === 0) await program.collector.flush();
    }
    await program.flush();
    window = { from, to: Date.now() / 1000 };
  }, 60_000);

  afterAll(async () => {
    await program?.close();
    await influxdb?.receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is drawn: the result of a query, or of Grafana's calculation with two of them. */
  const drawn = async (targets: readonly GrafanaTarget[], by: readonly string[], from: number) => {
    const last = targets.at(-1)!;
    if (last.type !== "math") return await ask(last.query!, by, from);
    expect(last.expression).toBe(`$${targets[0]!.refId} / $${targets[1]!.refId}`);
    const [used, limit] = [await ask(targets[0]!.query!, by, from), await ask(targets[1]!.query!, by, from)];
    return new Map([...used].map(([group, value]) => [group, value / limit.get(group)!]));
  };

  it.each(panels.map((panel) => ({ panel, title: panel.title })))("$title", async ({ panel }) => {
    for (const { line, targets } of linesOf(panel, rows)) {
      const definition = catalogue[line.metric as keyof typeof catalogue]!;
      const by = [...("groupBy" in definition ? (definition.groupBy ?? []) : []), ...(line.by ?? [])];
      // Gauges are written when they change: it may have been before.
      const found = await drawn(targets, by, definition.kind === "gauge" ? 0 : window.from);
      const expected = await expectedLine(line, { memory: program.memory, catalogue, window });
      // Where a counter did not change at all there is no line to draw.
      for (const [group, value] of expected)
        if (value === 0 && definition.kind === "counter") found.set(group, found.get(group) ?? 0);
      expect(expected.size, `${line.metric} has no values in this program`).toBeGreaterThan(0);
      expect([...found.keys()].sort(), targets.at(-1)!.query).toEqual(
        expect.arrayContaining([...expected.keys()].sort()),
      );
      const distribution = definition.kind === "timer" || definition.kind === "histogram";
      const quantile = /^p\d+$/.test(line.statistic ?? (distribution ? "p95" : ""));
      for (const [group, exact] of expected) {
        const got = found.get(group)!;
        const what = `${line.metric} ${group}: ${got}, exactly ${exact}`;
        if (quantile) {
          const [low, high] = nearestBounds(exact, { ...definition, name: line.metric });
          expect(got, what).toBeGreaterThanOrEqual(low);
          expect(got, what).toBeLessThanOrEqual(high);
        } else {
          expect(Math.abs(got - exact), what).toBeLessThanOrEqual(Math.abs(exact) * 1e-6);
        }
      }
    }
  });
});
