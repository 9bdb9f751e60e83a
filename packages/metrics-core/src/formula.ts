import { MetricsError } from "./metrics-error.ts";

/** A parsed formula: plain data, evaluated without running any code of its author. */
export type Formula =
  | { readonly op: "number"; readonly value: number }
  | { readonly op: "metric"; readonly name: string }
  | { readonly op: "+" | "-" | "*" | "/"; readonly left: Formula; readonly right: Formula };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][\w.:]*)|`([^`]+)`|([-+*/()]))/y;
const MAX_DEPTH = 100;
const MAX_LENGTH = 2000;

type Token = { readonly kind: "number" | "metric" | "sign"; readonly text: string };

/**
 * Parses `+ - * /`, parentheses, numbers and metric names (`cache.frame.hits`; other characters in backquotes).
 * Throws `INVALID_METRIC` that quotes the formula and says where it cannot be read.
 */
export function parseFormula(text: string): Formula {
  const tokens = tokenise(text);
  let at = 0;
  const fail = (what: string): never => {
    throw new MetricsError("INVALID_METRIC", `formula ${JSON.stringify(text)}: ${what}`);
  };
  const accept = (...signs: string[]): string | undefined => {
    const token = tokens[at];
    if (token?.kind !== "sign" || !signs.includes(token.text)) return undefined;
    at++;
    return token.text;
  };
  const sum = (depth: number): Formula => {
    if (depth > MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH} parentheses`);
    let left = product(depth);
    for (let sign = accept("+", "-"); sign; sign = accept("+", "-")) {
      left = { op: sign as "+" | "-", left, right: product(depth) };
    }
    return left;
  };
  const product = (depth: number): Formula => {
    let left = atom(depth);
    for (let sign = accept("*", "/"); sign; sign = accept("*", "/")) {
      left = { op: sign as "*" | "/", left, right: atom(depth) };
    }
    return left;
  };
  const atom = (depth: number): Formula => {
    if (accept("(")) {
      const inner = sum(depth + 1);
      if (!accept(")")) fail("a parenthesis is not closed");
      return inner;
    }
    const token = tokens[at++];
    if (token?.kind === "number") return { op: "number", value: Number(token.text) };
    if (token?.kind === "metric") return { op: "metric", name: token.text };
    return fail(token ? `a metric or number is missing before ${JSON.stringify(token.text)}` : "it ends too early");
  };
  const formula = sum(0);
  if (at < tokens.length) fail(`unexpected ${JSON.stringify(tokens[at]!.text)}`);
  return formula;
}

function tokenise(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw new MetricsError(
      "INVALID_METRIC",
      `formula ${JSON.stringify(text.slice(0, 60))}...: longer than ${MAX_LENGTH} characters`,
    );
  }
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      throw new MetricsError(
        "INVALID_METRIC",
        `formula ${JSON.stringify(text)}: cannot read it at ${JSON.stringify(text.slice(at, at + 20))}`,
      );
    }
    const [whole, number, name, quoted, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else tokens.push({ kind: "metric", text: (name ?? quoted)! });
    at += whole.length;
  }
  return tokens;
}

/** Names of the metrics in a formula, each once, in order of appearance. */
export function formulaInputs(formula: Formula): readonly string[] {
  if (formula.op === "number") return [];
  if (formula.op === "metric") return [formula.name];
  return [...new Set([...formulaInputs(formula.left), ...formulaInputs(formula.right)])];
}

/** The formula's value, or `undefined` when an input is, or when it is not a number (0/0, x/0). Never NaN. */
export function evaluateFormula(formula: Formula, input: (name: string) => number | undefined): number | undefined {
  const value = evaluate(formula, input);
  return Number.isFinite(value) ? value : undefined;
}

function evaluate(formula: Formula, input: (name: string) => number | undefined): number {
  if (formula.op === "number") return formula.value;
  if (formula.op === "metric") return input(formula.name) ?? Number.NaN;
  const left = evaluate(formula.left, input);
  const right = evaluate(formula.right, input);
  if (formula.op === "+") return left + right;
  if (formula.op === "-") return left - right;
  return formula.op === "*" ? left * right : left / right;
}
