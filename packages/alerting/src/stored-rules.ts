import type { StateStore } from "@giflab/metrics-core";
import { AlertRule, type AlertRuleOptions } from "./alert-rule.ts";

const PREFIX = "alert/rule/";
const ATTEMPTS = 5;

/** Rules that programs have added in code and left beside their metrics. One that cannot be read is left out. */
export async function loadRules(state: StateStore): Promise<readonly AlertRule[]> {
  const entries = await state.list(PREFIX);
  return entries.flatMap((entry) => {
    try {
      return [new AlertRule(JSON.parse(entry.value) as AlertRuleOptions)];
    } catch {
      return [];
    }
  });
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
