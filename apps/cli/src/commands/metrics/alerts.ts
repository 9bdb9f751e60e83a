import { userInfo } from "node:os";
import { ALERT_EXIT_CODES, AlertManager, type AlertReport } from "@giflab/alerting";
import { Flags, parseDuration } from "@giflab/cli-kit";
import { isMetricsError } from "@giflab/metrics-core";
import { configuredRules } from "@giflab/monitoring";
import { type AlertChange, changeAlerts, isAlertChange } from "../../alert-changes.ts";
import { alertLines } from "../../alert-lines.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { loadAllSettings } from "../../settings.ts";
import { paintStdout } from "../../status-table.ts";
import { openConfiguredStore } from "../../store-session.ts";

export class MetricsAlerts extends MetricsCommand {
  static override summary = "Judges the last minutes by the alert rules.";
  static override description =
    "The rules are those of the configuration's thresholds, of plugins, of giflab.rules.yaml (or .json), and those that " +
    "programs have added in code. Exit code 0: ok, 1: warning, 2: critical, 3: unknown (nothing could be judged) or any error.";
  static override examples = [
    "<%= config.bin %> metrics alerts",
    "<%= config.bin %> metrics alerts --check cache-hit-rate --window 600",
    "<%= config.bin %> metrics alerts --silence eviction-rate --for 2h",
    "<%= config.bin %> metrics alerts --acknowledge response-time --comment 'disk is being replaced'",
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
    silence: Flags.string({
      helpValue: "RULE",
      exclusive: ["unsilence", "acknowledge", "silences"],
      helpGroup: "SILENCE",
      summary: "Alerts of this rule (or glob) count for no status until --for is over.",
    }),
    for: Flags.string({
      helpValue: "DURATION",
      helpGroup: "SILENCE",
      summary: "How long a silence lasts, or an acknowledgement at most.",
    }),
    tag: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "NAME=VALUE",
      helpGroup: "SILENCE",
      summary: "Only alerts with this tag; VALUE may be a glob.",
    }),
    comment: Flags.string({ helpValue: "TEXT", helpGroup: "SILENCE", summary: "Why." }),
    unsilence: Flags.string({
      helpValue: "ID|RULE",
      exclusive: ["acknowledge", "silences"],
      helpGroup: "SILENCE",
      summary: "Ends a silence.",
    }),
    silences: Flags.boolean({ exclusive: ["acknowledge"], helpGroup: "SILENCE", summary: "Lists the silences." }),
    acknowledge: Flags.string({
      helpValue: "RULE",
      helpGroup: "SILENCE",
      summary: "Somebody cares for the alerts of this rule that fire: until they end or get worse.",
    }),
  };

  protected override readonly errorExitCode: number = ALERT_EXIT_CODES.unknown;

  async run(): Promise<AlertReport | AlertChange["json"]> {
    const { flags } = await this.parse(MetricsAlerts);
    const windowSeconds = parseDuration(flags.window);
    const { config, extensions } = await loadAllSettings();
    const rules = await configuredRules(config, extensions);
    if (isAlertChange(flags)) {
      return await this.withStore(
        async ({ store }) => {
          const manager = new AlertManager({ reader: store, state: store, rules });
          const { json, lines } = await changeAlerts(manager, { ...flags, by: userName() });
          if (flags.format === "json" && !this.jsonEnabled()) this.logJson(json);
          else this.log(lines.join("\n"));
          return json;
        },
        { config, write: flags.silences !== true },
      );
    }
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

/** Who is asking; `undefined` where the system has no name for it, as in a container with a number for a user. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
