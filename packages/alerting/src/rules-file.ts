import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { MetricsError } from "@giflab/metrics-core";
import { AlertRule } from "./alert-rule.ts";
import type { AlertRuleOptions } from "./alert-rule-options.ts";
import { isRecord } from "./option-check.ts";
import { ruleProblems } from "./rule-problems.ts";
import { RULES_FILE_KEYS } from "./rules-schema.ts";
import { checkKeys, parseYaml, type YamlPlaces } from "./yaml-places.ts";

/** The names of a rules file; in a folder the first of these counts. */
export const RULES_FILE_NAMES = ["giflab.rules.yaml", "giflab.rules.yml", "giflab.rules.json"] as const;

/** Reads the rules of a YAML or JSON file. Throws `INVALID_OPTION` as `parseRules` does, also for a file that cannot be read. */
export async function loadRulesFile(path: string): Promise<readonly AlertRule[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MetricsError("INVALID_OPTION", `the rules file ${path} cannot be read: ${why}`, { cause: error });
  }
  return await parseRules(text, path);
}

/**
 * The rules in the text of a YAML or JSON file; paths of baselines are relative to the folder of `path`. Throws
 * `INVALID_OPTION` that names every problem with file, line, column and key.
 */
export async function parseRules(text: string, path: string): Promise<readonly AlertRule[]> {
  const { content, places } = await parseYaml(text, path);
  checkFile(content, places);
  places.failIfAny();
  const folder = dirname(resolve(path));
  return (content as { rules: readonly AlertRuleOptions[] }).rules.map((rule) => new AlertRule(resolved(rule, folder)));
}

function checkFile(content: unknown, places: YamlPlaces): void {
  if (!isRecord(content) || !Array.isArray(content["rules"])) {
    places.at([], "a rules file is an object with a list of rules: `rules: [{ name: ..., metricPattern: ... }]`");
    return;
  }
  checkKeys(content, RULES_FILE_KEYS, [], places);
  const names = new Map<unknown, number>();
  for (const [index, rule] of content["rules"].entries()) {
    for (const { path, message } of ruleProblems(rule))
      places.at(["rules", index, ...path], `rules[${index}]: ${message}`);
    const name = isRecord(rule) ? rule["name"] : undefined;
    const first = name === undefined ? undefined : names.get(name);
    if (first === undefined) names.set(name, index);
    else {
      places.at(
        ["rules", index, "name"],
        `rules[${index}]: name ${JSON.stringify(name)} is that of rules[${first}] too`,
      );
    }
  }
}

/** Paths in a file are relative to it. */
function resolved(rule: AlertRuleOptions, folder: string): AlertRuleOptions {
  const { baseline } = rule;
  if (baseline?.file === undefined) return rule;
  return { ...rule, baseline: { ...baseline, file: resolve(folder, baseline.file) } };
}
