import { MetricsError, nearestNames } from "@giflab/metrics-core";
import type { AlertRule } from "../alert-rule.ts";
import type { DeliverOptions } from "./deliver.ts";
import { Notifier } from "./notifier.ts";
import type { NotifierOptions } from "./notifier-options.ts";

/**
 * The notifiers that a configuration asks for. Throws `INVALID_OPTION` for options that are wrong, two of one name, a variable
 * that the environment does not have, and for a rule that names a notifier which there is not: nobody would be told.
 */
export function makeNotifiers(
  all: readonly NotifierOptions[],
  rules: readonly AlertRule[],
  options: DeliverOptions = {},
): readonly Notifier[] {
  const notifiers = new Map<string, Notifier>();
  for (const one of all) {
    const notifier = new Notifier(one, options);
    if (notifiers.has(notifier.name)) {
      throw new MetricsError("INVALID_OPTION", `two notifiers have the name ${JSON.stringify(notifier.name)}`);
    }
    notifiers.set(notifier.name, notifier);
  }
  for (const rule of rules) {
    const unknown = rule.notifiers?.find((name) => !notifiers.has(name));
    if (unknown === undefined) continue;
    const near = nearestNames(unknown, notifiers.keys());
    const known = [...notifiers.keys()].join(", ") || "none";
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${known}`;
    const about = `alert rule ${JSON.stringify(rule.name)} names a notifier ${JSON.stringify(unknown)}`;
    throw new MetricsError("INVALID_OPTION", `${about}: ${hint}`);
  }
  return [...notifiers.values()];
}
