import type { StateStore } from "@giflab/metrics-core";
import { AlertRule } from "./alert-rule.ts";
import type { AlertRuleOptions } from "./alert-rule-options.ts";

const PREFIX = "alert/rule/";
const ATTEMPTS = 5;

/** What lies beside the metrics. */
export interface StoredRules {
  readonly rules: readonly AlertRule[];
  /** Damaged ones, and ones of a newer version: to be told, since an alert that is never judged looks like a good one. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

export const NO_RULES: StoredRules = { rules: [], unreadable: [] };

/** Rules that programs have added in code and left beside their metrics. Throws the store's errors. */
export async function loadRules(state: StateStore): Promise<StoredRules> {
  const rules: AlertRule[] = [];
  const unreadable: { name: string; reason: string }[] = [];
  for (const { key, value } of await state.list(PREFIX)) {
    try {
      rules.push(new AlertRule(JSON.parse(value) as AlertRuleOptions));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      unreadable.push({ name: key.slice(PREFIX.length), reason: `the stored rule cannot be read: ${why}` });
    }
  }
  return { rules, unreadable };
}

/** Leaves a rule beside the metrics, or (`undefined`) takes it away. Throws the store's errors. */
export async function saveRule(state: StateStore, name: string, rule: AlertRule | undefined): Promise<void> {
  const value = rule === undefined ? undefined : JSON.stringify(rule);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = await state.get(PREFIX + name);
    if (entry?.value === value) return;
    if ((await state.compareAndSet(PREFIX + name, entry?.version ?? 0, value)) !== undefined) return;
  }
}
