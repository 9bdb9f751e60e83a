import { userInfo } from "node:os";
import { ALERT_EXIT_CODES, AlertManager, type AlertReport, type AlertRule, type Notifier } from "@giflab/alerting";
import { CommandError, Flags, parseDuration } from "@giflab/cli-kit";
import { isMetricsError } from "@giflab/metrics-core";
import { configuredNotifiers, configuredRules, type ResolvedConfig } from "@giflab/monitoring";
import { type AlertChange, changeAlerts, isAlertChange } from "../../alert-changes.ts";
import { alertFindings } from "../../alert-findings.ts";
import { alertLines } from "../../alert-lines.ts";
import { githubAnnotations } from "../../ci/github.ts";
import { junitReport } from "../../ci/junit.ts";
import { nagiosOutput } from "../../ci/nagios.ts";
import { sarifLog } from "../../ci/sarif.ts";
import { packageManifest } from "../../framework-config.ts";
import { LiveScreen } from "../../live-screen.ts";
import { MetricsCommand } from "../../metrics-command.ts";
import { type ReaderOptions, sourceFlags } from "../../reader-session.ts";
import { repeatLook } from "../../repeated-look.ts";
import { loadAllSettings } from "../../settings.ts";
import { paintStdout } from "../../status-table.ts";
import { formatTime } from "../../time-window.ts";

export class MetricsAlerts extends MetricsCommand {
  static override summary = "Judges the last minutes by the alert rules.";
  static override description =
    "The rules are those of the configuration's thresholds, of plugins, of giflab.rules.yaml (or .json), and those that " +
    "programs have added in code. Exit code 0: ok, 1: warning, 2: critical, 3: unknown (nothing could be judged) or any error. " +
    "--fail-on critical and --allow-no-data make 1 and 3 a 0.";
  static override examples = [
    "<%= config.bin %> metrics alerts",
    "<%= config.bin %> metrics alerts --check cache-hit-rate --window 600",
    "<%= config.bin %> metrics alerts --format junit --fail-on critical > alerts.xml",
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
    format: Flags.string({
      options: ["table", "json", "github", "junit", "sarif", "nagios"],
      default: "table",
      summary: "How to print it.",
    }),
    "fail-on": Flags.string({
      options: ["warning", "critical"],
      default: "warning",
      summary: "The lowest level with an exit code of its own; below it the exit code is 0.",
    }),
    "allow-no-data": Flags.boolean({ summary: "Exit 0 when nothing could be judged." }),
    notify: Flags.boolean({
      summary: "Tell the configured notifiers what is new, what ended, and now and then what still fires.",
    }),
    watch: Flags.boolean({ summary: "Judge again every --interval, until --duration is over or Ctrl-C." }),
    interval: Flags.string({ default: "30", helpValue: "DURATION", summary: "Between two judgements of --watch." }),
    duration: Flags.string({ helpValue: "DURATION", summary: "How long to --watch." }),
    ...sourceFlags,
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
      return await this.withReader(
        async ({ store, state, openState }) => {
          const changed = flags.silences === true ? undefined : await openState();
          try {
            const manager = new AlertManager({ reader: store, state: changed ?? state, rules });
            const { json, lines } = await changeAlerts(manager, { ...flags, by: userName() });
            if (flags.format === "json" && !this.jsonEnabled()) this.logJson(json);
            else this.log(lines.join("\n"));
            return json;
          } finally {
            await changed?.close();
          }
        },
        { flags, config },
      );
    }
    const notifiers = flags.notify ? notifiersOf(config, rules) : undefined;
    const judge = (show: Show): Promise<AlertReport> =>
      this.#judge({ config, rules, windowSeconds, check: flags.check, notifiers, show, flags });
    const settle = (report: AlertReport): AlertReport => {
      // Before anything is printed: `| head` must not turn a critical into a success.
      process.exitCode = exitCodeOf(report, flags);
      return report;
    };
    if (!flags.watch) {
      return await judge((report, location, names) => {
        settle(report);
        if (!this.jsonEnabled()) this.#print(report, location, names, flags.format);
      });
    }
    if (this.jsonEnabled() || !["table", "json"].includes(flags.format)) {
      throw new CommandError("--watch prints tables, or with --format json a line of JSON per judgement");
    }
    const duration = flags.duration === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags.duration);
    const screen = new LiveScreen(process.stdout);
    let last: AlertReport | undefined;
    try {
      await repeatLook({ interval: parseDuration(flags.interval), duration }, async () => {
        last = await judge((report, location) => {
          settle(report);
          if (flags.format === "json") process.stdout.write(`${JSON.stringify(report)}\n`);
          else screen.draw([formatTime(report.window.to), ...alertLines(report, location, paintStdout)]);
        });
      });
    } finally {
      screen.end();
    }
    return last!;
  }

  async #judge({ config, rules, windowSeconds, check, notifiers, show, flags }: Judging): Promise<AlertReport> {
    return await this.withReader(
      async ({ store, location, state: readable, openState }) => {
        // Changes of state are remembered where the store can be written; judging needs only reading.
        const state = await openState().catch((error: unknown) => {
          if (!isMetricsError(error)) throw error;
          this.trace(() => `alert states are not recorded: ${error.message}`);
          return undefined;
        });
        try {
          const manager = new AlertManager({ reader: store, state: state ?? readable, rules });
          const report = await this.timed("evaluation", () => manager.evaluate({ windowSeconds, check }));
          if (notifiers !== undefined) await tell(manager, report, notifiers);
          show(report, location, check === "all" ? (await manager.allRules()).map(({ name }) => name) : [check]);
          return report;
        } finally {
          await state?.close();
        }
      },
      { flags, config },
    );
  }

  #print(report: AlertReport, location: string, rules: readonly string[], format: string): void {
    const findings = alertFindings(report, rules);
    if (format === "json") this.logJson(report);
    else if (format === "sarif") this.logJson(sarifLog(findings, packageManifest().version));
    else if (format === "junit") this.log(junitReport(findings, "alerts"));
    else if (format === "nagios") {
      const firing = report.alerts.filter(({ state }) => state === "firing").length;
      const numbers = { firing, series: report.evaluated };
      this.log(nagiosOutput(report.status, findings, numbers).join("\n"));
    } else {
      // That a default rule is about nothing that was recorded is no news in every job.
      const news = findings.filter(({ outcome }) => outcome !== "undecided");
      const annotations = format === "github" ? githubAnnotations(news, "giflab metrics alerts") : [];
      const lines = alertLines(report, location, paintStdout);
      this.log([...annotations, ...(format === "github" ? lines.slice(0, 1) : lines)].join("\n"));
    }
  }
}

type Show = (report: AlertReport, location: string, rules: readonly string[]) => void;

interface Judging {
  readonly flags: ReaderOptions["flags"];
  readonly config: ResolvedConfig;
  readonly rules: readonly AlertRule[];
  readonly windowSeconds: number;
  readonly check: string;
  readonly notifiers: readonly Notifier[] | undefined;
  readonly show: Show;
}

function notifiersOf(config: ResolvedConfig, rules: readonly AlertRule[]): readonly Notifier[] {
  const notifiers = configuredNotifiers(config, rules);
  if (notifiers.length > 0) return notifiers;
  throw new CommandError(
    'nobody is configured to be told: add monitoring.alerts.notifiers, such as [{ name: "me", type: "console" }]',
  );
}

/** What could not be told does not change what was found. */
async function tell(manager: AlertManager, report: AlertReport, notifiers: readonly Notifier[]): Promise<void> {
  for (const { notifier, reason } of await manager.notify(report, notifiers)) {
    process.stderr.write(`notifier ${notifier} could not be told: ${reason}\n`);
  }
}

function exitCodeOf(
  { status }: AlertReport,
  flags: { readonly "fail-on": string; readonly "allow-no-data": boolean },
): number {
  const allowed =
    (status === "warning" && flags["fail-on"] === "critical") || (status === "unknown" && flags["allow-no-data"]);
  return allowed ? 0 : ALERT_EXIT_CODES[status];
}

/** Who is asking; `undefined` where the system has no name for it, as in a container with a number for a user. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
