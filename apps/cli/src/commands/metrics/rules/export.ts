import { writeFile } from "node:fs/promises";
import { AlertManager, type AlertRule } from "@giflab/alerting";
import { knownMetrics, prometheusRules, type RuleAlerts } from "@giflab/alerting/prometheus";
import { CommandError, Flags, parseDuration, printable } from "@giflab/cli-kit";
import type { MetricSummary } from "@giflab/metrics-core";
import { configuredRules } from "@giflab/monitoring";
import { MetricsCommand } from "../../../metrics-command.ts";
import { sourceFlags } from "../../../reader-session.ts";
import { loadAllSettings } from "../../../settings.ts";

/** What `metrics rules export --json` prints. */
export interface RulesExportJson {
  readonly file: string | null;
  readonly rules: readonly RuleAlerts[];
}

export class MetricsRulesExport extends MetricsCommand {
  static override summary = "Writes the alert rules that hold here for Prometheus.";
  static override description =
    "A critical and a warning alert for each metric that a rule is about, in the names and units of the Prometheus backend. " +
    "What cannot be said there is told on stderr and in the file. Globs stand for the metrics that the store has seen and " +
    "those that plugins define.";
  static override examples = [
    "<%= config.bin %> metrics rules export --format prometheus -o giflab.prometheus.yml",
    "<%= config.bin %> metrics rules export | promtool check rules /dev/stdin",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    format: Flags.option({ options: ["prometheus"] as const, default: "prometheus", summary: "For whom." })(),
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Write here instead of to stdout." }),
    window: Flags.string({
      char: "w",
      default: "300",
      helpValue: "DURATION",
      summary: "Of rules without a window of their own.",
    }),
    interval: Flags.string({
      helpValue: "DURATION",
      summary: "Between two evaluations; by default as Prometheus is configured.",
    }),
    seen: Flags.string({
      helpValue: "DURATION",
      summary: "Globs stand for metrics that were seen since; by default 1d, of a --source 1h.",
    }),
    ...sourceFlags,
  };

  async run(): Promise<RulesExportJson> {
    const { flags } = await this.parse(MetricsRulesExport);
    const windowSeconds = parseDuration(flags.window);
    const seen = flags.seen === undefined ? undefined : parseDuration(flags.seen);
    const intervalSeconds = flags.interval === undefined ? undefined : parseDuration(flags.interval);
    const { config, extensions } = await loadAllSettings();
    const given = await configuredRules(config, extensions);
    const now = Date.now() / 1000;
    const found = await this.withReader(
      async ({ store, state, remote }): Promise<Found> => {
        const from = now - (seen ?? (remote ? 3600 : 86_400));
        return {
          rules: await new AlertManager({ state, rules: given }).allRules(),
          summaries: await this.timed("query", () => store.summaries({ from, to: now })),
        };
      },
      { flags, config },
    ).catch((error: unknown): Found => {
      process.stderr.write(`rules and metrics of programs are left out: ${(error as Error).message}\n`);
      return { rules: given, summaries: [] };
    });
    const defined = extensions.flatMap(({ metrics }) =>
      Object.entries(metrics).map(([name, definition]) => ({ name, ...definition })),
    );
    const known = knownMetrics(found.summaries, defined);
    const { text, rules } = prometheusRules(found.rules, { known, windowSeconds, intervalSeconds });
    if (flags.output !== undefined) await write(flags.output, text);
    for (const { rule, missing, differing } of rules) {
      for (const one of missing) process.stderr.write(`${printable(`${rule}: not exported: ${one}`)}\n`);
      for (const one of differing) process.stderr.write(`${printable(`${rule}: ${one}`)}\n`);
    }
    if (flags.output !== undefined) {
      const alerts = rules.reduce((count, one) => count + one.alerts.length, 0);
      const exported = rules.filter((one) => one.alerts.length > 0).length;
      process.stderr.write(`${flags.output}: ${exported} of ${rules.length} rules, ${alerts} alerts\n`);
    } else if (!this.jsonEnabled()) this.log(text.trimEnd());
    return { file: flags.output ?? null, rules };
  }
}

interface Found {
  readonly rules: readonly AlertRule[];
  readonly summaries: readonly MetricSummary[];
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot write ${path}: ${why}`, undefined, { cause: error });
  }
}
