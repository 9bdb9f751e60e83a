import {
  ALERT_EXIT_CODES,
  AlertManager,
  type AlertReport,
  AlertRule,
  type AlertRuleOptions,
  defaultAlertRules,
} from "@giflab/alerting";
import { Flags, parseDuration } from "@giflab/cli-kit";
import { isMetricsError } from "@giflab/metrics-core";
import type { MonitoringExtension, ResolvedConfig } from "@giflab/monitoring";
import { alertLines } from "../../alert-lines.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { loadAllSettings } from "../../settings.ts";
import { paintStdout } from "../../status-table.ts";
import { openConfiguredStore } from "../../store-session.ts";

export class MetricsAlerts extends MetricsCommand {
  static override summary = "Judges the last minutes by the alert rules.";
  static override description =
    "The rules are those of the configuration's thresholds, of plugins, and those that programs have added in code. " +
    "Exit code 0: ok, 1: warning, 2: critical, 3: unknown (nothing could be judged) or any error.";
  static override examples = [
    "<%= config.bin %> metrics alerts",
    "<%= config.bin %> metrics alerts --check cache-hit-rate --window 600",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    check: Flags.string({ char: "c", default: "all", helpValue: "RULE", summary: "Only this rule." }),
    window: Flags.string({
      char: "w",
      default: "300",
      helpValue: "DURATION",
      summary: "How far back: seconds, or 5m, 2h.",
    }),
    format: Flags.string({ options: ["table", "json"], default: "table", summary: "How to print it." }),
  };

  protected override readonly errorExitCode: number = ALERT_EXIT_CODES.unknown;

  async run(): Promise<AlertReport> {
    const { flags } = await this.parse(MetricsAlerts);
    const windowSeconds = parseDuration(flags.window);
    const { config, extensions } = await loadAllSettings();
    const rules = rulesOf(config, extensions);
    return await this.withStore(
      async ({ store, location }) => {
        // Changes of state are remembered where the store can be written; judging needs only reading.
        const state = await openConfiguredStore(config, { write: true }).catch((error: unknown) => {
          if (!isMetricsError(error)) throw error;
          this.trace(() => `alert states are not recorded: ${error.message}`);
          return store;
        });
        try {
          const manager = new AlertManager({ reader: store, state, rules });
          const report = await this.timed("evaluation", () => manager.evaluate({ windowSeconds, check: flags.check }));
          // Before anything is printed: `| head` must not turn a critical into a success.
          process.exitCode = ALERT_EXIT_CODES[report.status];
          if (this.jsonEnabled()) return report;
          if (flags.format === "json") this.logJson(report);
          else this.log(alertLines(report, location, paintStdout).join("\n"));
          return report;
        } finally {
          if (state !== store) await state.close();
        }
      },
      { config },
    );
  }
}

/** The rules that hold here; those that programs have left beside their metrics are added by the manager. */
function rulesOf(config: ResolvedConfig, extensions: readonly MonitoringExtension[]): AlertRule[] {
  const added = extensions.flatMap(({ alertRules }) => alertRules ?? []);
  return [
    ...defaultAlertRules(config.monitoring.alerts),
    ...added.map((rule) => (rule instanceof AlertRule ? rule : new AlertRule(rule as AlertRuleOptions))),
  ];
}
