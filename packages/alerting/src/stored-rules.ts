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

/** Rules as they were made from entries: the same text makes the same rule, which need not be checked again. */
export type KnownRules = Map<string, { readonly value: string; readonly rule: AlertRule }>;

/**
 * Rules that programs have added in code and left beside their metrics; those in `known` are not made again, and new ones
 * are put there. Throws the store's errors.
 */
export async function loadRules(state: StateStore, known: KnownRules): Promise<StoredRules> {
  const rules: AlertRule[] = [];
  const unreadable: { name: string; reason: string }[] = [];
  for (const { key, value } of await state.list(PREFIX)) {
    const same = known.get(key);
    if (same?.value === value) {
      rules.push(same.rule);
      continue;
    }
    try {
      const rule = new AlertRule(JSON.parse(value) as AlertRuleOptions);
      known.set(key, { value, rule });
      rules.push(rule);
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
