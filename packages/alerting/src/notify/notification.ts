import { createHash } from "node:crypto";
import type { Alert } from "../alert-report.ts";

/** An alert as notifiers tell of it, with labels and annotations as Prometheus has them. */
export interface NotifiedAlert {
  /** `alertname` (the rule), `severity` (the level), `metric`, the series' tags and the rule's labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** `summary` (the message), and `runbook_url` where the rule has one. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Epoch seconds. */
  readonly startsAt: number;
  /** Of one that ended while it could not be told: epoch seconds of the evaluation that found it. */
  readonly endedAt?: number;
}

/** What one notifier tells at one time of one group. */
export interface Notification {
  readonly notifier: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  /** Epoch seconds. */
  readonly at: number;
  readonly firing: readonly NotifiedAlert[];
  readonly resolved: readonly NotifiedAlert[];
}

/** An alert with its labels. A tag or label that is named as one of ours stands behind it. */
export function notifiedAlert({ rule, metric, tags, level, message, since, labels, runbookUrl }: Alert): NotifiedAlert {
  const named = (given: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(given).map(([name, value]) => [labelName(name), value]);
  const all: Record<string, string> = Object.fromEntries([...named(tags), ...named(labels)]);
  return {
    labels: sorted({ ...all, alertname: rule, severity: level, metric }),
    annotations: { summary: message, ...(runbookUrl === undefined ? {} : { runbook_url: runbookUrl }) },
    startsAt: since,
  };
}

/** What is the same for the same labels, and for no others. */
export function fingerprint({ labels }: Pick<NotifiedAlert, "labels">): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(labels)))
    .digest("hex")
    .slice(0, 16);
}

/** Labels in the order of their names: equal sets make equal text. */
export function sorted(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A name that Prometheus and Alertmanager accept. */
export function labelName(name: string): string {
  const clean = name.replaceAll(/\W/g, "_");
  return /^\d/.test(clean) ? `_${clean}` : clean;
}
