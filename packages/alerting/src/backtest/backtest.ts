import { MergedSketch, MetricsError, type MetricsReader, type Tags } from "@giflab/metrics-core";
import type { AlertRule } from "../alert-rule.ts";
import type { AlertLevel } from "../alert-rule-options.ts";
import { gatherEvidence } from "../gather-evidence.ts";
import { judgeRule } from "../judge-rule.ts";
import type { Judgement } from "../judgement.ts";
import { type RuleState, seriesStateKey } from "../rule-state.ts";
import { SavedBaselines } from "../saved-baseline.ts";
import { stepRule, type Transition } from "../step-rule.ts";

/** An alert that ends and fires again within this has flapped. */
export const FLAP_SECONDS = 900;
/** Shares of what was seen beyond the thresholds that are suggested: one value in a hundred, one in a thousand. */
const WARNING_SHARE = 0.01;
const CRITICAL_SHARE = 0.001;
/** Fewer values say nothing about so small shares. */
const MIN_VALUES = 100;
const MOST_EVALUATIONS = 100_000;

export interface BacktestOptions {
  /** Epoch seconds: the first evaluation is one step after `from`, the last not after `to`. */
  readonly from: number;
  readonly to: number;
  /** Seconds between two evaluations. */
  readonly stepSeconds: number;
  /** How far a rule without a window of its own looks back; default 300. */
  readonly windowSeconds?: number;
  /** Called after each evaluation with how many are done. */
  readonly onProgress?: (evaluations: number) => void;
}

/** One time that an alert would have fired. */
export interface Episode {
  readonly metric: string;
  readonly tags: Tags;
  /** The worst that it reached. */
  readonly level: AlertLevel;
  /** Epoch seconds of the evaluations at which it fired and ended; `null`: it fires still. */
  readonly from: number;
  readonly to: number | null;
  /** The value furthest beyond the threshold; `null` where it was missing data that fired. */
  readonly peak: number | null;
}

export interface RuleBacktest {
  readonly rule: string;
  /** In order of their beginning. */
  readonly episodes: readonly Episode[];
  /** Seconds in which at least one series fired. */
  readonly firingSeconds: number;
  /** How often a series fired again within 15 minutes of its end: raise `for` or `keepFiringFor`. */
  readonly flaps: number;
  /** Values that were judged, over all series and evaluations, and their distribution. */
  readonly judged: number;
  readonly seen:
    | { readonly p1: number; readonly p50: number; readonly p99: number; readonly worst: number }
    | undefined;
  /** What could not be judged, over all series and evaluations: no data, or still learning. */
  readonly unjudged: number;
  /**
   * Thresholds that one judged value in a hundred (warning) and in a thousand (critical) was beyond. `undefined` with fewer
   * than 100 values.
   */
  readonly suggested: { readonly warning: number; readonly critical: number } | undefined;
}

/**
 * Replays stored history and says what each rule would have fired, as if it had been evaluated every `stepSeconds` and nothing
 * was remembered before `from`. Nothing is stored. Of what was rolled up meanwhile it sees minutes or hours.
 *
 * Throws `INVALID_OPTION` for a range or step that makes no sense, and the store's errors.
 */
export async function backtest(
  reader: MetricsReader,
  rules: readonly AlertRule[],
  { from, to, stepSeconds, windowSeconds = 300, onProgress }: BacktestOptions,
): Promise<readonly RuleBacktest[]> {
  if (!(stepSeconds > 0 && to >= from && (to - from) / stepSeconds <= MOST_EVALUATIONS)) {
    const allowed = `above 0, and at most ${MOST_EVALUATIONS} of them between ${from} and ${to}`;
    throw new MetricsError("INVALID_OPTION", `stepSeconds must be ${allowed}, got ${stepSeconds}`);
  }
  const baselines = new SavedBaselines();
  const replays = new Map(rules.map((rule) => [rule, new Replay(rule)]));
  const groups = Map.groupBy(rules, (rule) => rule.windowSeconds ?? windowSeconds);
  let evaluations = 0;
  for (let at = from + stepSeconds; at <= to; at = from + (evaluations + 1) * stepSeconds) {
    for (const [seconds, group] of groups) {
      const evidence = await gatherEvidence(reader, baselines, group, { from: at - seconds, to: at });
      for (const rule of group) replays.get(rule)!.step(judgeRule(rule, evidence(rule)), at, stepSeconds);
    }
    evaluations++;
    onProgress?.(evaluations);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return [...replays.values()].map((replay) => replay.result());
}

/** The mutable side of an episode. */
interface OpenEpisode {
  readonly metric: string;
  readonly tags: Tags;
  readonly from: number;
  level: AlertLevel;
  to: number | null;
  peak: number | null;
}

/** One rule, evaluation by evaluation. */
class Replay {
  readonly #rule: AlertRule;
  #state: RuleState = { at: 0, series: [] };
  readonly #episodes: OpenEpisode[] = [];
  readonly #open = new Map<string, OpenEpisode>();
  readonly #ended = new Map<string, number>();
  readonly #values = new MergedSketch();
  #firingSeconds = 0;
  #flaps = 0;
  #unjudged = 0;

  constructor(rule: AlertRule) {
    this.#rule = rule;
  }

  step(judgements: readonly Judgement[], at: number, seconds: number): void {
    const { next, transitions } = stepRule(this.#rule, judgements, this.#state, at);
    this.#state = next;
    for (const transition of transitions) this.#follow(transition);
    for (const judgement of judgements) {
      if (judgement.kind !== "judged") {
        this.#unjudged++;
        continue;
      }
      this.#values.record(judgement.value);
      const { name, tags } = judgement.summary;
      const open = this.#open.size === 0 ? undefined : this.#open.get(seriesStateKey({ metric: name, tags }));
      if (open !== undefined) open.peak = this.#worse(open.peak, judgement.value);
    }
    if (this.#open.size > 0) this.#firingSeconds += seconds;
  }

  result(): RuleBacktest {
    const values = this.#values;
    const quantile = (q: number): number => values.quantile(q)!;
    const above = this.#rule.direction === "above";
    const beyond = (share: number): number => quantile(above ? 1 - share : share);
    const seen = {
      p1: quantile(0.01),
      p50: quantile(0.5),
      p99: quantile(0.99),
      worst: above ? values.max : values.min,
    };
    return {
      rule: this.#rule.name,
      episodes: this.#episodes,
      firingSeconds: this.#firingSeconds,
      flaps: this.#flaps,
      judged: values.count,
      seen: values.count === 0 ? undefined : seen,
      unjudged: this.#unjudged,
      suggested:
        values.count < MIN_VALUES ? undefined : { warning: beyond(WARNING_SHARE), critical: beyond(CRITICAL_SHARE) },
    };
  }

  #follow({ metric, tags, at, to, level }: Transition): void {
    const key = seriesStateKey({ metric, tags });
    const open = this.#open.get(key);
    if (to === "firing") {
      if (open !== undefined) {
        if (level === "critical") open.level = level;
        return;
      }
      const episode: OpenEpisode = { metric, tags, level, from: at, to: null, peak: null };
      this.#episodes.push(episode);
      this.#open.set(key, episode);
      if (at - (this.#ended.get(key) ?? Number.NEGATIVE_INFINITY) <= FLAP_SECONDS) this.#flaps++;
    } else if (open !== undefined) {
      open.to = at;
      this.#open.delete(key);
      this.#ended.set(key, at);
    }
  }

  #worse(peak: number | null, value: number): number {
    if (peak === null) return value;
    return this.#rule.direction === "above" ? Math.max(peak, value) : Math.min(peak, value);
  }
}
