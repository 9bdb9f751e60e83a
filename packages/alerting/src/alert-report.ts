import type { Tags } from "@giflab/metrics-core";
import type { AlertLevel } from "./alert-rule-options.ts";
import type { Acknowledgement } from "./rule-state.ts";
import type { Transition } from "./step-rule.ts";

export type AlertStatus = "ok" | "warning" | "critical" | "unknown";

/** An alert that fires, or will when its condition has held for long enough. */
export interface Alert {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  readonly level: AlertLevel;
  readonly state: "pending" | "firing";
  /** What was compared with the threshold; `null` when there are no data. */
  readonly value: number | null;
  /** The threshold that holds for it now: that of its level, or its clear threshold; `null` for a level without one. */
  readonly threshold: number | null;
  readonly message: string;
  /** Epoch seconds since when it is in this state, over evaluations by any process. */
  readonly since: number;
  readonly labels: { readonly [label: string]: string };
  readonly runbookUrl?: string;
  /** Names of the notifiers that are told; without it all are. */
  readonly notifiers?: readonly string[];
  readonly acknowledged?: Acknowledgement;
  /** The silence that covers it: it counts for no status. */
  readonly silenced?: { readonly id: string; readonly until: number; readonly comment?: string };
}

/** An alert that ended in the last 15 minutes. */
export interface ResolvedAlert {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  readonly level: AlertLevel;
  /** Epoch seconds since when it no longer fires. */
  readonly since: number;
}

/** A rule (and series, where there is one) that could not be judged. */
export interface Unjudged {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  readonly reason: string;
}

/** What one evaluation found. */
export interface AlertReport {
  /**
   * Of the alerts that fire and are not silenced: critical, else warning; else unknown when nothing at all could be judged,
   * else ok.
   */
  readonly status: AlertStatus;
  /** Those that fire before those that are pending, critical ones first, then by rule, metric and tags. */
  readonly alerts: readonly Alert[];
  readonly resolved: readonly ResolvedAlert[];
  /** What this evaluation changed and no other: whoever notifies tells of these. */
  readonly transitions: readonly Transition[];
  /** How many series were judged. */
  readonly evaluated: number;
  /** Not enough history yet. */
  readonly learning: readonly Unjudged[];
  /** Without data, or with too few. */
  readonly noData: readonly Unjudged[];
  readonly window: { readonly from: number; readonly to: number; readonly seconds: number };
  /** False when the store could not be written: `since` is then the time of this evaluation for new alerts. */
  readonly transitionsRecorded: boolean;
}

/** Exit codes of `metrics alerts`; 3 also stands for every usage or store error. */
export const ALERT_EXIT_CODES: Readonly<Record<AlertStatus, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };
