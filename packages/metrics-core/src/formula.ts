import { MetricsError } from "./metrics-error.ts";

/** A parsed formula: plain data, evaluated without running any code of its author. */
export type Formula =
  | { readonly op: "number"; readonly value: number }
  | { readonly op: "metric"; readonly name: string }
  | { readonly op: "+" | "-" | "*" | "/"; readonly left: Formula; readonly right: Formula };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][\w.:]*)|`([^`]+)`|([-+*/()]))/y;
const MAX_DEPTH = 100;
const MAX_LENGTH = 2000;

interface Token {
  readonly kind: "number" | "metric" | "sign";
  readonly text: string;
  /** Of its first character, from 1. */
  readonly place: number;
}

/**
 * Parses `+ - * /`, parentheses, numbers and metric names (`cache.frame.hits`; other characters in backquotes).
 * Throws `INVALID_METRIC` that quotes the formula and says where it cannot be read.
 */
export function parseFormula(text: string): Formula {
  const tokens = tokenise(text);
  let at = 0;
  const fail = (what: string): never => {
    const place = tokens[at]?.place ?? text.length + 1;
    throw new MetricsError("INVALID_METRIC", `formula ${JSON.stringify(text)}: ${what} (character ${place})`);
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
    const token = tokens[at];
    if (token === undefined || token.kind === "sign") return missing(token);
    at++;
    return token.kind === "number" ? { op: "number", value: Number(token.text) } : { op: "metric", name: token.text };
  };
  const missing = (token: Token | undefined): never =>
    fail(token ? `a metric or number is missing before ${JSON.stringify(token.text)}` : "it ends too early");
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
    const begin = at + (/\S/.exec(text.slice(at))?.index ?? 0);
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      throw new MetricsError(
        "INVALID_METRIC",
        `formula ${JSON.stringify(text)}: cannot read it at ${JSON.stringify(text.slice(begin, begin + 20))} (character ${begin + 1})`,
      );
    }
    const [whole, number, name, quoted, sign] = match;
    const place = begin + 1;
    if (number !== undefined) tokens.push({ kind: "number", text: number, place });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, place });
    else tokens.push({ kind: "metric", text: (name ?? quoted)!, place });
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
  if (formula.op === "*") return left * right;
  // Not infinity, which would make 1 / (x / 0) a zero.
  return right === 0 ? Number.NaN : left / right;
}
