import type { Tags } from "@giflab/metrics-core";

export type AlertStatus = "ok" | "warning" | "critical" | "unknown";

/** An alert that is firing. */
export interface Alert {
  readonly rule: string;
  readonly metric: string;
  readonly tags: Tags;
  readonly level: "warning" | "critical";
  readonly state: "firing";
  /** What was compared with the threshold; `null` when the rule's no-data policy raised it. */
  readonly value: number | null;
  readonly threshold: number;
  readonly message: string;
  /** Epoch seconds since when it fires, over evaluations by any process. */
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
  /** critical, else warning, else unknown when nothing at all could be judged, else ok. */
  readonly status: AlertStatus;
  /** Critical ones first, then by rule, metric and tags. */
  readonly alerts: readonly Alert[];
  /** How many series were judged. */
  readonly evaluated: number;
  /** Not enough history yet. */
  readonly learning: readonly Unjudged[];
  readonly noData: readonly Unjudged[];
  readonly window: { readonly from: number; readonly to: number; readonly seconds: number };
  /** False when the store could not be written: `since` is then the time of this evaluation for new alerts. */
  readonly transitionsRecorded: boolean;
}

/** Exit codes of `metrics alerts`; 3 also stands for every usage or store error. */
export const ALERT_EXIT_CODES: Readonly<Record<AlertStatus, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };
