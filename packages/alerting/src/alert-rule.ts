import { resolve } from "node:path";
import { durationSeconds, type MetricSummary, MetricsError } from "@giflab/metrics-core";
import type {
  AlertLevel,
  AlertRuleOptions,
  AlertStatistic,
  AvoidableOptions,
  LimitOptions,
  NoDataPolicy,
} from "./alert-rule-options.ts";
import { type MessageFields, MessageTemplate } from "./message-template.ts";
import { directionOf, ruleProblems } from "./rule-problems.ts";
import { SeriesFilter } from "./series-filter.ts";

const DAY = 86_400;
const HOUR = 3600;

/** Which past a series is compared with, resolved. */
export interface Baseline {
  readonly past:
    | { readonly kind: "lookback"; readonly seconds: number }
    | { readonly kind: "offset"; readonly seconds: number }
    | { readonly kind: "file"; readonly path: string };
  readonly minHistorySeconds: number;
  readonly minSamples: number;
  readonly floor: number;
}

/** A field of a summary that a statistic is read from. */
export type SummaryStatistic = Exclude<AlertStatistic, "p99.9">;

/**
 * When to raise an alert. Two levels in one rule.
 *
 * ```ts
 * new AlertRule({
 *   name: "custom.metric",
 *   metricPattern: "custom.operation.duration",
 *   warningThreshold: 1.0, // seconds
 *   criticalThreshold: 5.0,
 *   for: "5m",
 *   messageTemplate: "Custom operation slow: {value:.2f}s",
 * });
 * ```
 */
export class AlertRule {
  readonly name: string;
  readonly metricPattern: string;
  /** Which series it is about. */
  readonly filter: SeriesFilter;
  readonly warningThreshold: number | undefined;
  readonly criticalThreshold: number | undefined;
  readonly direction: "above" | "below";
  readonly forSeconds: number;
  readonly keepFiringForSeconds: number;
  readonly minSamples: number;
  readonly noData: NoDataPolicy;
  readonly statistic: SummaryStatistic | undefined;
  readonly windowSeconds: number | undefined;
  readonly baseline: Baseline | undefined;
  readonly limit: LimitOptions | undefined;
  readonly avoidable: AvoidableOptions | undefined;
  /** Names; `undefined`: all notifiers. */
  readonly notifiers: readonly string[] | undefined;
  readonly labels: { readonly [label: string]: string };
  readonly runbookUrl: string | undefined;
  readonly #message: MessageTemplate;
  readonly #options: AlertRuleOptions;

  /** Throws `INVALID_OPTION` that names rule, option, the value got and what is allowed, for everything that is wrong. */
  constructor(options: AlertRuleOptions) {
    const problems = ruleProblems(options);
    if (problems.length > 0) {
      const messages = problems.map(({ message }) => message).join("; ");
      const name = (options as AlertRuleOptions | undefined)?.name;
      throw new MetricsError("INVALID_OPTION", `alert rule ${JSON.stringify(name)}: ${messages}`);
    }
    const { file } = options.baseline ?? {};
    this.#options =
      file === undefined ? options : { ...options, baseline: { ...options.baseline, file: resolve(file) } };
    this.name = options.name;
    this.metricPattern = options.metricPattern;
    this.filter = new SeriesFilter(options);
    this.warningThreshold = options.warningThreshold;
    this.criticalThreshold = options.criticalThreshold;
    this.direction = directionOf(options);
    this.forSeconds = durationSeconds(options.for) ?? 0;
    this.keepFiringForSeconds = durationSeconds(options.keepFiringFor) ?? 0;
    this.minSamples = options.minSamples ?? 1;
    this.noData = options.noData ?? "report";
    this.statistic = options.statistic === "p99.9" ? "p999" : options.statistic;
    this.windowSeconds = durationSeconds(options.window);
    this.baseline = resolvedBaseline(this.#options);
    this.limit = options.limit;
    this.avoidable = options.avoidable;
    this.notifiers = options.notifiers;
    this.labels = options.labels ?? {};
    this.runbookUrl = options.runbookUrl;
    const threshold = "{metric} is {value:.4g}, {direction} {threshold}".replace("{direction}", this.direction);
    this.#message = new MessageTemplate(options.messageTemplate ?? threshold);
  }

  get messageTemplate(): string {
    return this.#message.text;
  }

  /** The threshold of a level; `undefined` when the rule has none. */
  thresholdOf(level: AlertLevel): number | undefined {
    return level === "critical" ? this.criticalThreshold : this.warningThreshold;
  }

  /** Where an alert that fires at a level ends; its threshold, unless the rule gives another. */
  clearThresholdOf(level: AlertLevel): number | undefined {
    return this.#options[`${level}ClearThreshold`] ?? this.thresholdOf(level);
  }

  /** Whether a value deserves a level; one that `fires` already ends at the clear threshold only. */
  isBeyond(value: number, level: AlertLevel, fires = false): boolean {
    const threshold = fires ? this.clearThresholdOf(level) : this.thresholdOf(level);
    if (threshold === undefined) return false;
    return this.direction === "above" ? value > threshold : value < threshold;
  }

  /** The level that a value deserves when nothing fires yet. */
  levelOf(value: number): "ok" | AlertLevel {
    return this.isBeyond(value, "critical") ? "critical" : this.isBeyond(value, "warning") ? "warning" : "ok";
  }

  /** The statistic that this rule looks at in a series of some kind. */
  statisticOf(kind: MetricSummary["kind"]): SummaryStatistic {
    if (this.statistic !== undefined) return this.statistic;
    if (kind === "derived") return "value";
    return kind === "counter" ? "rate" : kind === "gauge" ? "last" : "p95";
  }

  message(fields: MessageFields): string {
    return this.#message.fill(fields);
  }

  /** The options it was made from: what is stored beside the metrics, and makes the same rule again. */
  toJSON(): AlertRuleOptions {
    return this.#options;
  }
}

function resolvedBaseline({ baseline }: AlertRuleOptions): Baseline | undefined {
  if (baseline === undefined) return undefined;
  const { offset, file, lookback = DAY, minSamples = 0, floor = 0 } = baseline;
  const minHistory = durationSeconds(baseline.minHistory);
  const common = { minSamples, floor };
  if (file !== undefined) return { past: { kind: "file", path: file }, minHistorySeconds: minHistory ?? 0, ...common };
  if (offset !== undefined) {
    return {
      past: { kind: "offset", seconds: durationSeconds(offset)! },
      minHistorySeconds: minHistory ?? 0,
      ...common,
    };
  }
  const seconds = durationSeconds(lookback)!;
  return { past: { kind: "lookback", seconds }, minHistorySeconds: minHistory ?? Math.min(HOUR, seconds), ...common };
}
