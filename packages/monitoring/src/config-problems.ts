import { MetricsError, nearestNames } from "@giflab/metrics-core";
import { type BaseIssue, type GenericSchema, getDotPath } from "valibot";
import type { AppliedOverride } from "./config-environment.ts";
import { shownConfigValue } from "./secret-values.ts";

/** Problems of one section, as sentences that name the key, the value and what is allowed. */
export function describeIssues(
  section: string,
  schema: GenericSchema,
  issues: readonly BaseIssue<unknown>[],
  applied: ReadonlyMap<string, AppliedOverride>,
): string[] {
  return issues.flatMap((issue) => {
    const path = [section, getDotPath(issue)].filter((part) => part !== null).join(".");
    if (issue.expected === "never") return unknownKeys(path, issue, keysAt(schema, issue));
    const override = applied.get(path);
    const where = override === undefined ? path : `${override.variable} (${path})`;
    const last = issue.path?.at(-1);
    const got =
      override === undefined
        ? show(path, last === undefined ? issue.input : last.value)
        : JSON.stringify(override.text);
    return `${where} ${override?.allowed ?? allowed(issue)}, got ${got}`;
  });
}

/** A strict object stops at its first unknown key; the others are of interest too. */
function unknownKeys(path: string, issue: BaseIssue<unknown>, known: readonly string[]): string[] {
  const around = issue.path?.at(-1)?.input;
  const parent = path.slice(0, path.lastIndexOf(".") + 1);
  const present = typeof around === "object" && around !== null ? Object.keys(around) : [];
  return present.filter((key) => !known.includes(key)).map((key) => unknownKey(`${parent}${key}`, known));
}

/** A key that nobody knows, and those that may have been meant. */
export function unknownKey(path: string, known: readonly string[]): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  const near = nearestNames(name, known);
  if (near.length > 0) return `${path} is not a known key: did you mean ${near.join(" or ")}?`;
  return `${path} is not a known key; known here: ${known.join(", ")}`;
}

/** One `INVALID_CONFIG` for all problems. @param source the file, or what else the values came from */
export function invalidConfig(source: string, problems: readonly string[]): MetricsError {
  if (problems.length === 1) return new MetricsError("INVALID_CONFIG", `${source}: ${problems[0]}`);
  const lines = problems.map((problem) => `  ${problem}`).join("\n");
  return new MetricsError("INVALID_CONFIG", `${source} has ${problems.length} problems:\n${lines}`);
}

const NAMED: Readonly<Record<string, string>> = {
  Object: "an object",
  Array: "a list",
  number: "a number",
  string: "text",
  boolean: "true or false",
};

/** Our own messages say it already; of other schemas the expectation is put into words. */
function allowed(issue: BaseIssue<unknown>): string {
  if (/^(must|may) /.test(issue.message)) return issue.message;
  const { expected, type } = issue;
  if (type === "integer") return "must be a whole number";
  if (type === "finite") return "must be a finite number";
  if (expected === null) return `is not allowed (${issue.message})`;
  return `must be ${NAMED[expected] ?? expected.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or ")}`;
}

function show(path: string, given: unknown): string {
  const value = shownConfigValue(path, given);
  if (typeof value === "function") return "a function";
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

interface SchemaNode {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
}

/** What the schema says of an object, without what makes it optional. */
function unwrapped(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.wrapped === undefined ? node : unwrapped(node.wrapped);
}

/** The keys that the object around an unknown key may have. */
function keysAt(schema: GenericSchema, issue: BaseIssue<unknown>): string[] {
  let node = unwrapped(schema as SchemaNode);
  for (const { key } of issue.path?.slice(0, -1) ?? []) node = unwrapped(node?.entries?.[String(key)]);
  return Object.keys(node?.entries ?? {});
}

/** Lists where objects belong: valibot would take an empty one for an object without keys. */
export function listsForObjects(path: string, schema: GenericSchema, input: unknown): string[] {
  const visit = (node: SchemaNode | undefined, value: unknown, at: string): string[] => {
    const schemaHere = unwrapped(node);
    if (schemaHere?.entries === undefined && schemaHere?.type !== "record") return [];
    if (Array.isArray(value)) return [`${at} must be an object, got ${show(at, value)}`];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => visit(schemaHere.entries?.[key], inner, `${at}.${key}`));
  };
  return visit(schema as SchemaNode, input, path);
}
