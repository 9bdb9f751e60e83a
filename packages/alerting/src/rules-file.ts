import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { MetricsError, nearestNames } from "@giflab/metrics-core";
import type { Document, LineCounter, Node } from "yaml";
import { AlertRule } from "./alert-rule.ts";
import type { AlertRuleOptions } from "./alert-rule-options.ts";
import { isRecord } from "./option-check.ts";
import { ruleProblems } from "./rule-problems.ts";
import { RULES_FILE_KEYS } from "./rules-schema.ts";

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
  // Only who has a rules file needs a parser.
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const places = new Places(path, document, lines, yaml.isNode);
  for (const { pos, message } of document.errors) places.add(pos[0], message);
  places.failIfAny();
  const content: unknown = contentOf(document, places);
  places.failIfAny();
  checkFile(content, places);
  places.failIfAny();
  const folder = dirname(resolve(path));
  return (content as { rules: readonly AlertRuleOptions[] }).rules.map((rule) => new AlertRule(resolved(rule, folder)));
}

/** The content as plain data; aliases that multiply are refused, so that a small file cannot fill memory. */
function contentOf(document: Document, places: Places): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    places.add(0, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkFile(content: unknown, places: Places): void {
  if (!isRecord(content) || !Array.isArray(content["rules"])) {
    places.at([], "a rules file is an object with a list of rules: `rules: [{ name: ..., metricPattern: ... }]`");
    return;
  }
  for (const key of Object.keys(content)) {
    if ((RULES_FILE_KEYS as readonly string[]).includes(key)) continue;
    const near = nearestNames(key, RULES_FILE_KEYS);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${RULES_FILE_KEYS.join(", ")}`;
    places.at([key], `unknown key ${key}: ${hint}`);
  }
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

/** Collects problems with where they are. */
class Places {
  readonly #path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #isNode: (value: unknown) => value is Node;
  readonly #problems: { readonly offset: number; readonly message: string }[] = [];

  constructor(path: string, document: Document, lines: LineCounter, isNode: (value: unknown) => value is Node) {
    this.#path = path;
    this.#document = document;
    this.#lines = lines;
    this.#isNode = isNode;
  }

  add(offset: number, message: string): void {
    this.#problems.push({ offset, message });
  }

  /** A problem of what a path leads to; of the nearest thing around it that is in the file. */
  at(path: readonly (string | number)[], message: string): void {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#keyOrValue(path.slice(0, length));
      if (!node?.range) continue;
      this.add(node.range[0], message);
      return;
    }
    this.add(0, message);
  }

  failIfAny(): void {
    if (this.#problems.length === 0) return;
    const told = this.#problems
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => {
        const { line, col } = this.#lines.linePos(offset);
        return `${this.#path}:${line}:${col}: ${message}`;
      });
    const title = told.length > 1 ? `${basename(this.#path)} has ${told.length} problems:\n  ` : "";
    throw new MetricsError("INVALID_OPTION", title + told.join("\n  "));
  }

  /** The key that is last in a path, so that an empty value has a place too. */
  #keyOrValue(path: readonly (string | number)[]): Node | undefined {
    const last = path.at(-1);
    const parent: unknown = path.length === 0 ? undefined : this.#document.getIn(path.slice(0, -1), true);
    const { items } = (parent ?? {}) as { readonly items?: readonly { readonly key?: unknown }[] };
    if (typeof last === "string" && items !== undefined) {
      const key = items.map((item) => item?.key).find((one) => String((one as { value?: unknown })?.value) === last);
      if (this.#isNode(key)) return key;
    }
    const node: unknown = this.#document.getIn(path, true);
    return this.#isNode(node) ? node : undefined;
  }
}
