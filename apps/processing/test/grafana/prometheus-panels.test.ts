import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALERT_METRICS } from "@giflab/alerting";
import { PrometheusBackend } from "@giflab/backend-prometheus";
import { describeWith, eventually, type HttpReceiver, startPrometheus } from "@giflab/backend-testkit/receivers";
import { dashboardRows, type GrafanaPanel, grafanaDashboard } from "@giflab/dashboard";
import { SELF_METRICS } from "@giflab/metrics-core";
import { exposedUnit, prometheusLabel } from "@giflab/metrics-core/exposition";
import { afterAll, beforeAll, expect, it } from "vitest";
import { processingDashboard } from "../../src/config/processing-dashboard.ts";
import { processingMetrics } from "../../src/config/processing-metrics.ts";
import { expectedLine, type Window } from "./expected-line.ts";
import { linesOf } from "./lines-of.ts";
import { nearestBounds } from "./nearest-bounds.ts";
import { ProgramUnderLoad } from "./program-under-load.ts";

const catalogue = { ...ALERT_METRICS, ...SELF_METRICS, ...processingMetrics };
const dashboard = grafanaDashboard({ layout: processingDashboard, catalogue, source: "prometheus" });
const rows = dashboardRows(processingDashboard, catalogue);
const panels = dashboard.panels.flatMap((one): readonly GrafanaPanel[] => (one.type === "row" ? one.panels : [one]));

describeWith(["prometheus"], "every panel of the dashboard on a real Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "giflab-grafana-"));
  let program: ProgramUnderLoad;
  let prometheus: HttpReceiver;
  let window: Window;

  const query = async <T>(expression: string, time?: number): Promise<T[]> => {
    const parameters = new URLSearchParams({
      query: expression,
      ...(time === undefined ? {} : { time: String(time) }),
    });
    const answer = (await (await fetch(`${prometheus.url}/api/v1/query?${parameters}`)).json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: { readonly result: T[] };
    };
    if (answer.status !== "success") throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  };
  /** Times of the scrapes that worked, epoch seconds. */
  const scrapes = async (): Promise<readonly number[]> => {
    const [up] = await query<{ readonly values: readonly (readonly [number, string])[] }>("up[10m]");
    return (up?.values ?? []).filter(([, value]) => value === "1").map(([time]) => time);
  };

  beforeAll(async () => {
    const backend = new PrometheusBackend({ port: 0, onWarning: (message) => console.error(message) });
    program = new ProgramUnderLoad(folder, [backend]);
    for (let round = 0; round < 4; round++) await program.work();
    await program.flush();
    const address = new URL((await backend.url())!).host;
    prometheus = await startPrometheus({ targets: [{ address, job: "processing" }], scrapeSeconds: 0.5 });
    await eventually(async () => (await scrapes()).length > 0, { describe: () => prometheus.receiver.output });
    const from = (await scrapes())[0]!;
    await program.collector.flush();
    const worked = Date.now() + 3000;
    while (Date.now() < worked) await program.work();
    await program.flush();
    const ended = Date.now() / 1000;
    await eventually(async () => (await scrapes()).at(-1)! > ended);
    window = { from, to: (await scrapes()).at(-1)! };
  }, 60_000);

  afterAll(async () => {
    await prometheus?.receiver.stop();
    await program?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(panels.map((panel) => ({ panel, title: panel.title })))("$title", async ({ panel }) => {
    // From the first scrape to the last: nothing has to be extrapolated.
    const range = `${Math.ceil((window.to - window.from) * 1000) + 1}ms`;
    for (const { line, targets } of linesOf(panel, rows)) {
      const expression = targets
        .at(-1)!
        .expr!.replaceAll("$__rate_interval", range)
        .replaceAll('"$job"', '".+"')
        .replaceAll('"$instance"', '".+"');
      const result = await query<{ readonly metric: Record<string, string>; readonly value: [number, string] }>(
        expression,
        window.to,
      );
      const definition = catalogue[line.metric as keyof typeof catalogue]!;
      const by = [...("groupBy" in definition ? (definition.groupBy ?? []) : []), ...(line.by ?? [])].map(
        prometheusLabel,
      );
      const found = new Map(
        result
          .map(
            ({ metric, value }) => [JSON.stringify(by.map((label) => metric[label] ?? "")), Number(value[1])] as const,
          )
          .filter(([, value]) => Number.isFinite(value)),
      );
      const expected = await expectedLine(line, { memory: program.memory, catalogue, window });
      expect(expected.size, `${line.metric} has no values in this program`).toBeGreaterThan(0);
      expect([...found.keys()].sort(), expression).toEqual(expect.arrayContaining([...expected.keys()].sort()));
      const quantile = /^p\d+$/.test(
        line.statistic ?? (definition.kind === "timer" || definition.kind === "histogram" ? "p95" : ""),
      );
      const factor =
        definition.kind === "derived" || line.limit !== undefined
          ? 1
          : exposedUnit({ ...definition, name: line.metric }).factor;
      for (const [group, value] of expected) {
        const [got, exact] = [found.get(group)!, value * factor];
        const what = `${line.metric} ${group}: ${got}, exactly ${exact}`;
        if (quantile) {
          const [low, high] = nearestBounds(value, { ...definition, name: line.metric });
          expect(got, what).toBeGreaterThanOrEqual(low * factor);
          expect(got, what).toBeLessThanOrEqual(high * factor);
        } else {
          expect(Math.abs(got - exact), what).toBeLessThanOrEqual(Math.abs(exact) * 0.005);
        }
      }
    }
  });
});
