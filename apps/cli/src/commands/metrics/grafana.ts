import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AlertManager } from "@giflab/alerting";
import { CommandError, Flags, printable } from "@giflab/cli-kit";
import { type GrafanaSource, grafanaFiles, ruleThresholds } from "@giflab/dashboard";
import { configuredRules } from "@giflab/monitoring";
import { furtherMetrics, METRICS_EVERYWHERE } from "../../further-metrics.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { loadAllSettings } from "../../settings.ts";

/** What `metrics grafana --json` prints. */
export interface GrafanaJson {
  readonly folder: string;
  readonly files: readonly string[];
}

export class MetricsGrafana extends MetricsCommand {
  static override summary = "Writes Grafana dashboards of the metrics and alert thresholds that hold here.";
  static override description =
    "NAME.json has a variable for its data source (provisioning, HTTP API); NAME_import.json asks for one (Dashboards, " +
    "Import). For Prometheus, and what speaks its language, and for InfluxDB. Programs fill these databases with " +
    '@giflab/backend-prometheus or @giflab/backend-influxdb, beside or instead of "sqlite".';
  static override examples = [
    "<%= config.bin %> metrics grafana -o dashboards",
    "<%= config.bin %> metrics grafana -o /etc/grafana/dashboards --source prometheus",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    output: Flags.string({
      char: "o",
      default: "grafana",
      helpValue: "DIR",
      summary: "The folder; made if it is not there. Files of the same names are replaced.",
    }),
    source: Flags.option({
      options: ["prometheus", "influxdb", "all"] as const,
      default: "all" as const,
      summary: "Which database the dashboards read.",
    })(),
  };

  async run(): Promise<GrafanaJson> {
    const { flags } = await this.parse(MetricsGrafana);
    const { config, extensions } = await loadAllSettings();
    const sources: readonly GrafanaSource[] = flags.source === "all" ? ["prometheus", "influxdb"] : [flags.source];
    const given = await configuredRules(config, extensions);
    // A store knows more metrics and rules, but there need not be one.
    const stored = await this.withStore(
      async ({ store }) => ({
        rules: await new AlertManager({ state: store, rules: given }).allRules(),
        further: await furtherMetrics(store, extensions),
      }),
      { config },
    ).catch((error: unknown) => {
      this.trace(() => `no store: ${(error as Error).message}`);
      return undefined;
    });
    const thresholds = ruleThresholds(stored?.rules ?? given);
    const layouts = [
      ...extensions.flatMap(({ dashboards = [], metrics }) => dashboards.map((layout) => ({ layout, metrics }))),
      ...(stored?.further === undefined ? [] : [stored.further]),
    ];
    const files = layouts.flatMap(({ layout, metrics }) =>
      grafanaFiles({ layout, catalogue: { ...METRICS_EVERYWHERE, ...metrics }, thresholds }, sources),
    );
    if (files.length === 0) {
      throw new CommandError(
        "there are no metrics to show: run a program that records first, or install a plugin that describes some, " +
          "such as @giflab/processing",
      );
    }
    await mkdir(flags.output, { recursive: true });
    for (const { name, text } of files) await writeFile(join(flags.output, name), text);
    for (const { name, title } of files) this.log(`${join(flags.output, name)}  ${printable(title)}`);
    this.log("");
    this.log("In Grafana: Dashboards, New, Import, upload an _import file and choose the data source.");
    return { folder: flags.output, files: files.map(({ name }) => name) };
  }
}
