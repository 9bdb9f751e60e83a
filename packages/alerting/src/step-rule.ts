import type { Tags } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import type { AlertLevel } from "./alert-rule-options.ts";
import type { Judgement } from "./judgement.ts";
import { type LevelState, stepLevel } from "./level-state.ts";
import {
  type Acknowledgement,
  type OverallState,
  overallState,
  type RuleState,
  type SeriesState,
  seriesStateKey,
} from "./rule-state.ts";

/** That a series went from one state to another. */
export interface Transition {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  /** Epoch seconds of the evaluation that found it. */
  readonly at: number;
  readonly from: OverallState["state"];
  readonly to: OverallState["state"];
  /** The level that it is at now, or was at when it ended. */
  readonly level: AlertLevel;
  /** What was compared with the threshold; `null` where nothing was. */
  readonly value: number | null;
  /** Why, where it was not a value: no data. */
  readonly reason?: string;
}

/** A series after an evaluation, with what it was judged on. */
export interface SteppedSeries {
  readonly state: SeriesState;
  readonly judgement: Judgement | undefined;
  /** Why there is no value, where there is none. */
  readonly reason: string | undefined;
}

export interface RuleStep {
  readonly next: RuleState;
  /** Whether `next` differs from before and must be stored. */
  readonly changed: boolean;
  readonly series: readonly SteppedSeries[];
  readonly transitions: readonly Transition[];
}

export const NO_SUCH_METRIC = "no such metric in the store's window";
const ABSENT: string = seriesStateKey({ metric: "", tags: {}, absent: true });
const VANISHED = "it is no longer in the store's window";

/**
 * The states of a rule after an evaluation at `at`: `judgements` are of every series that is known now, `before` of every
 * series that was not inactive. One that was and is no longer known has no data.
 */
export function stepRule(rule: AlertRule, judgements: readonly Judgement[], before: RuleState, at: number): RuleStep {
  const remembered = new Map(before.series.map((one) => [seriesStateKey(one), one]));
  const series: SteppedSeries[] = [];
  const transitions: Transition[] = [];
  let changed = false;
  const step = (known: SeriesState | undefined, fresh: SeriesState, found: Found): void => {
    const state = stepSeries(rule, known ?? fresh, found.finding, at);
    const isInactive = overallState(state).state === "inactive";
    if (known === undefined ? !isInactive : state !== known) changed = true;
    if (!isInactive) series.push({ state, judgement: found.judgement, reason: found.reason });
    const transition = transitionOf(rule, known ?? fresh, state, found, at);
    if (transition !== undefined) transitions.push(transition);
  };
  for (const judgement of judgements) {
    const { name: metric, tags } = judgement.summary;
    const key = remembered.size === 0 ? "none" : seriesStateKey({ metric, tags });
    const known = remembered.get(key);
    remembered.delete(key);
    // Most series are good and were so before.
    if (known === undefined && isGood(rule, judgement)) continue;
    step(known, { metric, tags }, foundOf(judgement));
  }
  const absent = remembered.get(ABSENT);
  for (const known of remembered.values()) {
    if (known !== absent) step(known, known, { finding: "noData", reason: VANISHED });
  }
  const known = series.some(({ state }) => overallState(state).state !== "resolved");
  if (judgements.length === 0 && !known) {
    const fresh: SeriesState = { metric: rule.metricPattern, tags: {}, absent: true };
    step(absent, fresh, { finding: "noData", reason: NO_SUCH_METRIC });
  } else if (absent !== undefined) {
    step(absent, absent, { finding: "good", reason: "there are data again" });
  }
  return { next: { at, series: series.map(({ state }) => state) }, changed, series, transitions };
}

/** What an evaluation found of a series: a value to compare, or what stands in for one. */
interface Found {
  /** `unclear`: too few samples, or too little history; that is no missing data. */
  readonly finding: number | "noData" | "unclear" | "good";
  readonly judgement?: Judgement;
  readonly reason?: string;
}

function foundOf(judgement: Judgement): Found {
  if (judgement.kind === "judged") return { finding: judgement.value, judgement };
  return { finding: judgement.kind === "noData" ? "noData" : "unclear", judgement, reason: judgement.reason };
}

function isGood(rule: AlertRule, judgement: Judgement): boolean {
  if (judgement.kind === "judged") return rule.levelOf(judgement.value) === "ok";
  return judgement.kind !== "noData" || (rule.noData !== "warning" && rule.noData !== "critical");
}

function stepSeries(rule: AlertRule, before: SeriesState, finding: Found["finding"], at: number): SeriesState {
  if ((finding === "noData" || finding === "unclear") && rule.noData === "keep") return before;
  const levelAfter = (level: AlertLevel): LevelState | undefined =>
    stepLevel(before[level], isActive(rule, before, finding, level), at, rule);
  const [warning, critical] = [levelAfter("warning"), levelAfter("critical")];
  const { metric, tags, absent } = before;
  const acknowledged = stillAcknowledged(before.acknowledged, { warning, critical }, at);
  if (warning === before.warning && critical === before.critical && acknowledged === before.acknowledged) return before;
  return {
    metric,
    tags,
    ...(warning === undefined ? {} : { warning }),
    ...(critical === undefined ? {} : { critical }),
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(absent === undefined ? {} : { absent }),
  };
}

/** Whether the condition of a level holds. */
function isActive(rule: AlertRule, before: SeriesState, finding: Found["finding"], level: AlertLevel): boolean {
  if (typeof finding === "number") return rule.isBeyond(finding, level, before[level]?.state === "firing");
  return finding === "noData" && (rule.noData === "critical" || rule.noData === level);
}

/** An acknowledgement holds while the alert fires at its level or a lower one. */
function stillAcknowledged(
  acknowledged: Acknowledgement | undefined,
  levels: Pick<SeriesState, "warning" | "critical">,
  at: number,
): Acknowledgement | undefined {
  if (acknowledged === undefined) return undefined;
  const { state, level } = overallState(levels);
  const worse = level === "critical" && acknowledged.level === "warning";
  const over = acknowledged.until !== undefined && acknowledged.until <= at;
  return state !== "firing" || worse || over ? undefined : acknowledged;
}

function transitionOf(
  rule: AlertRule,
  before: SeriesState,
  { metric, tags, ...after }: SeriesState,
  { finding, reason }: Found,
  at: number,
): Transition | undefined {
  const [from, to] = [overallState(before), overallState(after)];
  if (from.state === to.state && from.level === to.level) return undefined;
  // That a resolved alert is forgotten is no news.
  if (from.state === "resolved" && to.state !== "pending" && to.state !== "firing") return undefined;
  return {
    rule: rule.name,
    metric,
    tags,
    at,
    from: from.state,
    to: to.state,
    level: (to.level ?? from.level)!,
    value: typeof finding === "number" ? finding : null,
    ...(reason === undefined ? {} : { reason }),
  };
}
