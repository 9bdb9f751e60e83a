import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  type DerivedMetricDefinition,
  durationSeconds,
  type MetricKind,
  MetricsError,
  parseFormula,
  type Tags,
} from "@giflab/metrics-core";
import { duration, isRecord, type OptionChecks } from "../option-check.ts";
import { optionProblems } from "../rule-problems.ts";
import { checkKeys, parseYaml, type YamlPlaces } from "../yaml-places.ts";
import type { Expectation, ExpectedAlert, InputSeries, RuleTest, RuleTestFile } from "./rule-test.ts";
import {
  ALERT_CHECKS,
  DERIVED_CHECKS,
  EXPECTATION_CHECKS,
  FILE_KEYS,
  SERIES_CHECKS,
  TEST_CHECKS,
} from "./rule-test-checks.ts";
import { parseSeriesNotation } from "./series-notation.ts";

const MINUTE = 60;
const DEFAULT_WINDOW = 300;

/**
 * Reads a file of rule tests. Paths in it are relative to it.
 * Throws `INVALID_OPTION` that names every problem with file, line, column and key.
 */
export async function loadRuleTestFile(path: string): Promise<RuleTestFile> {
  const content = await readFile(path, "utf8").catch((error: Error) => {
    throw new MetricsError("INVALID_OPTION", `the rule tests ${path} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  return await parseRuleTests(content, path);
}

/** The rule tests in the text of a file at `path`. Throws as `loadRuleTestFile` does. */
export async function parseRuleTests(content: string, path: string): Promise<RuleTestFile> {
  const { content: given, places } = await parseYaml(content, path);
  const reader = new Reader(places);
  if (!isRecord(given)) {
    places.at([], "rule tests are an object: `ruleFiles: [giflab.rules.yaml]`, `tests: [...]`");
    places.failIfAny();
  }
  const file = given as Readonly<Record<string, unknown>>;
  checkKeys(file, FILE_KEYS, [], places);
  const folder = dirname(resolve(path));
  const ruleFiles = reader.items(file, [], "ruleFiles");
  for (const [index, one] of ruleFiles.entries()) {
    if (typeof one !== "string" || one === "")
      places.at(["ruleFiles", index], "ruleFiles must be paths of rules files");
  }
  if (ruleFiles.length === 0) places.at(["ruleFiles"], "ruleFiles is missing: the files whose rules are tested");
  const interval = reader.seconds(file, "evaluationInterval", MINUTE);
  const read: RuleTestFile = {
    path,
    ruleFiles: ruleFiles.map((one) => resolve(folder, String(one))),
    evaluationInterval: interval,
    window: reader.seconds(file, "window", DEFAULT_WINDOW),
    derived: reader.derived(file["metrics"]),
    tests: reader.items(file, [], "tests").map((test, index) => reader.test(test, index, interval)),
  };
  if (read.tests.length === 0)
    places.at(["tests"], "tests is missing: what is recorded, and which alerts should be when");
  places.failIfAny();
  return read;
}

/** Reads the parts of a file, noting what is wrong and going on. */
class Reader {
  readonly #places: YamlPlaces;

  constructor(places: YamlPlaces) {
    this.#places = places;
  }

  seconds(given: Readonly<Record<string, unknown>>, key: string, otherwise: number): number {
    const value = given[key];
    if (value === undefined) return otherwise;
    const check = duration({ above0: true });
    if (check.good(value)) return durationSeconds(value)!;
    this.#places.at([key], `${key} must be ${check.allowed}, got ${JSON.stringify(value)}`);
    return otherwise;
  }

  items(given: Readonly<Record<string, unknown>>, path: readonly (string | number)[], key: string): readonly unknown[] {
    const value = given[key];
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.#places.at([...path, key], `${key} must be a list`);
    return [];
  }

  derived(given: unknown): RuleTestFile["derived"] {
    if (given === undefined) return {};
    if (!isRecord(given)) {
      this.#places.at(
        ["metrics"],
        "metrics must be an object of derived metrics by name: `hit_rate: { formula: ... }`",
      );
      return {};
    }
    const definitions = Object.entries(given).flatMap(([name, value]): [string, DerivedMetricDefinition][] => {
      const { formula, ...rest } = this.#checked(value, ["metrics", name], DERIVED_CHECKS, ["formula"]);
      if (typeof formula !== "string") return [];
      try {
        parseFormula(formula);
      } catch (error) {
        this.#places.at(["metrics", name, "formula"], (error as Error).message);
      }
      return [[name, { ...rest, kind: "derived", formula }]];
    });
    return Object.fromEntries(definitions);
  }

  test(given: unknown, index: number, otherwise: number): RuleTest {
    const path = ["tests", index];
    const test = this.#checked(given, path, TEST_CHECKS, ["inputSeries", "alertRuleTest"]);
    const { name = `tests[${index}]`, interval } = test;
    return {
      name: String(name),
      interval: durationSeconds(interval) ?? otherwise,
      inputSeries: this.items(test, path, "inputSeries").map((one, at) =>
        this.#series(one, [...path, "inputSeries", at]),
      ),
      expectations: this.items(test, path, "alertRuleTest").map((one, at) =>
        this.#expectation(one, [...path, "alertRuleTest", at]),
      ),
    };
  }

  #series(given: unknown, path: readonly (string | number)[]): InputSeries {
    const series = this.#checked(given, path, SERIES_CHECKS, ["metric", "kind", "values"]);
    const { metric, kind, tags: ofSeries = {}, instance = "1", calls = 1 } = series;
    const distribution = kind === "timer" || kind === "histogram";
    const flush = (value: unknown): InputSeries["values"][number] => {
      if (value === null || value === undefined) return undefined;
      if (!distribution) return Array.isArray(value) ? undefined : (value as number);
      return Array.isArray(value) ? value : Array.from({ length: calls as number }, () => value as number);
    };
    if (!distribution && Array.isArray(series["values"]) && series["values"].some(Array.isArray)) {
      this.#places.at([...path, "values"], `values of a ${String(kind)} must be one number per flush`);
    }
    return {
      metric: metric as string,
      kind: kind as MetricKind,
      tags: ofSeries as Tags,
      instance: instance as string,
      values: this.#values(series["values"], path).map(flush),
    };
  }

  #values(given: unknown, path: readonly (string | number)[]): readonly unknown[] {
    if (typeof given !== "string") return Array.isArray(given) ? given : [];
    try {
      return parseSeriesNotation(given);
    } catch (error) {
      this.#places.at([...path, "values"], (error as Error).message);
      return [];
    }
  }

  #expectation(given: unknown, path: readonly (string | number)[]): Expectation {
    const expected = this.#checked(given, path, EXPECTATION_CHECKS, ["evalTime", "rule"]);
    const alerts = (key: string): readonly ExpectedAlert[] =>
      this.items(expected, path, key).map(
        (one, index) => this.#checked(one, [...path, key, index], ALERT_CHECKS, ["level"]) as unknown as ExpectedAlert,
      );
    return {
      evalTime: durationSeconds(expected["evalTime"]) ?? 0,
      rule: String(expected["rule"]),
      firing: alerts("expAlerts"),
      pending: expected["expPending"] === undefined ? undefined : alerts("expPending"),
      place: this.#places.placeOf(path),
    };
  }

  /** An object whose options are as `checks` say; what is wrong is noted, and left out. */
  #checked<T>(
    given: unknown,
    path: readonly (string | number)[],
    checks: OptionChecks<T>,
    required: readonly (keyof T & string)[],
  ): Readonly<Record<string, unknown>> {
    const where = path
      .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
      .join("")
      .slice(1);
    if (!isRecord(given)) {
      this.#places.at(path, `${where} must be an object`);
      return {};
    }
    for (const { path: inner, message } of optionProblems(given, checks, required)) {
      this.#places.at([...path, ...inner], `${where}: ${message}`);
    }
    return given;
  }
}
