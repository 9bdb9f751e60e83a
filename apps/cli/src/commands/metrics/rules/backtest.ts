import { AlertManager, type AlertRule, backtest, loadRulesFile, type RuleBacktest } from "@giflab/alerting";
import { CommandError, Flags, formatDuration, Progress, parseDuration, parseTime, suggestion } from "@giflab/cli-kit";
import { configuredRules } from "@giflab/monitoring";
import { MetricsCommand } from "../../../metrics-command.ts";
import { sourceFlags } from "../../../reader-session.ts";
import { backtestLines } from "../../../rule-lines.ts";
import { loadAllSettings } from "../../../settings.ts";
import { checkOrder, type TimeWindow } from "../../../time-window.ts";

/** Evaluations unless `--step` says otherwise: each asks the store for its windows. */
const EVALUATIONS = 1000;
/** Seconds between them, but of less than ten minutes there are ten evaluations. */
const LEAST_STEP = 60;
const LEAST_EVALUATIONS = 10;

/** What `metrics rules backtest --json` prints. */
export interface BacktestJson {
  readonly window: TimeWindow & { readonly seconds: number };
  readonly stepSeconds: number;
  readonly rules: readonly RuleBacktest[];
}

export class MetricsRulesBacktest extends MetricsCommand {
  static override summary = "What the alert rules would have fired on the stored history.";
  static override description =
    "When, for how long, how often it flapped, which values were seen, and thresholds that would seldom fire. Nothing is " +
    "stored, and nobody is notified. What lies longer ago than a day is rolled up to minutes, and after a week to hours.";
  static override examples = [
    "<%= config.bin %> metrics rules backtest --start -7d",
    "<%= config.bin %> metrics rules backtest --rules new.rules.yaml --rule queue --step 1m --start -1d",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    start: Flags.string({ default: "-7d", helpValue: "TIME", summary: "Begin here, or with the oldest point." }),
    end: Flags.string({ helpValue: "TIME", summary: "End here; now by default." }),
    step: Flags.string({
      helpValue: "DURATION",
      summary: "Between two evaluations; by default a minute, or more so that they are at most a thousand.",
    }),
    window: Flags.string({
      char: "w",
      default: "300",
      helpValue: "DURATION",
      summary: "Of rules without a window of their own.",
    }),
    rule: Flags.string({ multiple: true, multipleNonGreedy: true, helpValue: "NAME", summary: "Only this rule." }),
    rules: Flags.string({ helpValue: "FILE", summary: "The rules of this file instead of those that hold here." }),
    ...sourceFlags,
    episodes: Flags.integer({
      default: 20,
      min: 0,
      helpValue: "N",
      summary: "How many of what fired are listed, the latest first.",
    }),
  };

  async run(): Promise<BacktestJson> {
    const { flags } = await this.parse(MetricsRulesBacktest);
    const now = Date.now() / 1000;
    const to = flags.end === undefined ? now : parseTime(flags.end, now);
    const start = parseTime(flags.start, now);
    checkOrder(start, to);
    const { config, extensions } = await loadAllSettings();
    const given =
      flags.rules === undefined ? await configuredRules(config, extensions) : await loadRulesFile(flags.rules);
    return await this.withReader(
      async ({ store, location, state }) => {
        const all = flags.rules === undefined ? await new AlertManager({ state, rules: given }).allRules() : given;
        const rules = chosen(all, flags.rule ?? []);
        const { oldest } = await store.stats();
        if (oldest === undefined) throw new CommandError(`${location} is empty: run a program that records first`);
        const from = Math.min(Math.max(start, oldest), to);
        const stepSeconds = flags.step === undefined ? usualStep(to - from) : parseDuration(flags.step);
        const total = Math.floor((to - from) / stepSeconds);
        const progress = new Progress({ label: "evaluating", unit: "evaluations", total });
        const options = { from, to, stepSeconds, windowSeconds: parseDuration(flags.window) };
        const results = await backtest(store, rules, { ...options, onProgress: (done) => progress.update(done) });
        progress.clear();
        const json = { window: { from, to, seconds: to - from }, stepSeconds, rules: results };
        if (this.jsonEnabled()) return json;
        const asked = `${formatDuration(to - from)} of ${location}, evaluated every ${formatDuration(stepSeconds)}`;
        this.log([asked, "", ...backtestLines(results, flags.episodes)].join("\n"));
        return json;
      },
      { flags, config },
    );
  }
}

function usualStep(seconds: number): number {
  return Math.max(Math.min(LEAST_STEP, seconds / LEAST_EVALUATIONS), seconds / EVALUATIONS, 1);
}

function chosen(rules: readonly AlertRule[], names: readonly string[]): readonly AlertRule[] {
  const known = rules.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandError(
      `there is no alert rule "${unknown}".${suggestion(unknown, known) || ` There are ${known.join(", ")}.`}`,
    );
  }
  return names.length === 0 ? rules : rules.filter(({ name }) => names.includes(name));
}
