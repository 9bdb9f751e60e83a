import { type StateEntry, type Tags, tagSetKey } from "@giflab/metrics-core";
import type { AlertLevel } from "./alert-rule-options.ts";
import type { LevelState } from "./level-state.ts";

/** That somebody has seen an alert that fires, and cares. It ends with the alert, or when that gets worse. */
export interface Acknowledgement {
  /** Epoch seconds. */
  readonly at: number;
  readonly level: AlertLevel;
  readonly by?: string;
  readonly comment?: string;
  /** Epoch seconds at which it ends although the alert still fires. */
  readonly until?: number;
}

/** What is remembered of a rule and a series (name and tag set) that is not inactive. */
export interface SeriesState {
  readonly metric: string;
  readonly tags: Tags;
  readonly warning?: LevelState | undefined;
  readonly critical?: LevelState | undefined;
  readonly acknowledged?: Acknowledgement | undefined;
  /** It stands for a rule that matches nothing at all. */
  readonly absent?: true;
}

/** What is remembered of a rule between evaluations, by any process. */
export interface RuleState {
  /** Epoch seconds of the evaluation that changed it last. */
  readonly at: number;
  readonly series: readonly SeriesState[];
}

/** Where the states of rules lie; the rule's name follows. */
export const RULE_STATE_PREFIX = "alert/state/";

export function ruleStateKey(rule: string): string {
  return RULE_STATE_PREFIX + rule;
}

export function ruleOfStateKey(key: string): string {
  return key.slice(RULE_STATE_PREFIX.length);
}

/** Equal exactly for the same metric and tag set; what stands for a rule that matches nothing is no series. */
export function seriesStateKey({ metric, tags, absent }: Pick<SeriesState, "metric" | "tags" | "absent">): string {
  return absent === true ? "" : JSON.stringify([metric, tagSetKey(tags)]);
}

const NOTHING: RuleState = { at: Number.NEGATIVE_INFINITY, series: [] };

/** What an entry says; a damaged one counts as nothing and is written anew. */
export function parseRuleState(entry: StateEntry | undefined): RuleState {
  if (entry === undefined) return NOTHING;
  try {
    const { at, series } = JSON.parse(entry.value) as RuleState;
    return Number.isFinite(at) && Array.isArray(series) && series.every(isSeriesState) ? { at, series } : NOTHING;
  } catch {
    return NOTHING;
  }
}

function isSeriesState(value: SeriesState): boolean {
  const { metric, tags, warning, critical } = value;
  return (
    typeof metric === "string" && typeof tags === "object" && tags !== null && isLevel(warning) && isLevel(critical)
  );
}

function isLevel(level: LevelState | undefined): boolean {
  return (
    level === undefined || (["pending", "firing", "resolved"].includes(level.state) && Number.isFinite(level.activeAt))
  );
}

/** The state of a series as a whole: that of its worst level that fires, else of one that is about to, else resolved. */
export interface OverallState {
  readonly state: "inactive" | "pending" | "firing" | "resolved";
  readonly level?: AlertLevel;
  /** Epoch seconds since which it is in that state; of one that fires, since it fires at any level. */
  readonly since?: number;
}

export function overallState({ warning, critical }: Pick<SeriesState, "warning" | "critical">): OverallState {
  const levels = [
    ["critical", critical],
    ["warning", warning],
  ] as const;
  const firing = levels.flatMap(([level, one]) => (one?.state === "firing" ? [{ level, since: one.firedAt }] : []));
  if (firing.length > 0) {
    return { state: "firing", level: firing[0]!.level, since: Math.min(...firing.map(({ since }) => since)) };
  }
  for (const [level, one] of levels) {
    if (one?.state === "pending") return { state: "pending", level, since: one.activeAt };
  }
  for (const [level, one] of levels) {
    if (one?.state === "resolved") return { state: "resolved", level, since: one.resolvedAt };
  }
  return { state: "inactive" };
}
