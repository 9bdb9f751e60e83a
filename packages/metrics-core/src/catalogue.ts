import { formulaInputs, parseFormula } from "./formula.ts";
import type { MetricCatalogue, MetricDefinition } from "./metric-definition.ts";
import { MetricsError } from "./metrics-error.ts";

const KINDS = new Set(["counter", "gauge", "histogram", "timer", "derived"]);
const MERGES = new Set(["sum", "max", "mean", "last"]);

/** Longest metric name; longer ones are cut and counted. */
export const MAX_NAME_LENGTH = 200;

/**
 * Declares metrics: returns the catalogue as it is, with its literal types, after checking it.
 * Throws `INVALID_METRIC` that names the metric and what is wrong with it.
 *
 * ```ts
 * const metrics = defineMetrics({
 *   "jobs.done": { kind: "counter", unit: "{job}", description: "Jobs finished" },
 *   "jobs.failed": { kind: "counter", unit: "{job}" },
 *   "jobs.failure_rate": { kind: "derived", unit: "1", formula: "jobs.failed / (jobs.done + jobs.failed)", normalRange: { max: 0.01 } },
 * });
 * ```
 */
export function defineMetrics<const C extends MetricCatalogue>(catalogue: C): C {
  for (const [name, definition] of Object.entries(catalogue)) checkDefinition(name, definition);
  return catalogue;
}

/** Throws `INVALID_METRIC` when a definition cannot be used. */
export function checkDefinition(name: string, definition: MetricDefinition): void {
  const fail = (problem: string): never => {
    throw new MetricsError("INVALID_METRIC", `metric ${JSON.stringify(name)}: ${problem}`);
  };
  if (typeof name !== "string" || name.length === 0 || name.length > MAX_NAME_LENGTH) {
    fail(`a name is text of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  if (typeof definition !== "object" || definition === null) fail("its definition must be an object with a kind");
  if (!KINDS.has(definition.kind)) fail(`kind must be one of ${[...KINDS].join(", ")}, got ${String(definition.kind)}`);
  const range = definition.normalRange;
  if (range?.min !== undefined && range.max !== undefined && range.min > range.max) {
    fail(`normalRange.min ${range.min} is above max ${range.max}`);
  }
  if (definition.kind === "derived") {
    if (typeof definition.formula !== "string") fail("its formula must be text");
    const inputs = formulaInputs(parseFormula(definition.formula));
    if (inputs.length === 0) fail("its formula names no metric");
    if (inputs.includes(name)) fail("its formula names itself");
  } else if (definition.merge !== undefined) {
    if (definition.kind !== "gauge") fail(`only gauges have a merge, this is a ${definition.kind}`);
    if (!MERGES.has(definition.merge)) fail(`merge must be one of ${[...MERGES].join(", ")}, got ${definition.merge}`);
  }
}
