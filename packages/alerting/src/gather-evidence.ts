import { formulaInputs, type MetricSummary, type MetricsReader, parseFormula } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import { type Evidence, wantedNames } from "./judge-rule.ts";
import { SummaryIndex } from "./summary-index.ts";

const NOTHING = new SummaryIndex([]);

/** Asks the store, once for all rules that look at the window `(from, to]`, what each of them is judged on. */
export async function gatherEvidence(
  reader: MetricsReader,
  rules: readonly AlertRule[],
  from: number,
  to: number,
): Promise<(rule: AlertRule) => Evidence> {
  const merged = await mergedWindow(
    reader,
    rules.filter((rule) => rule.limit === undefined),
    from,
    to,
  );
  const limited = rules.filter((rule) => rule.limit !== undefined);
  const perWriter = await ask(reader, limited.flatMap(wantedNames), from, to, true);
  const withBaseline = rules.filter((rule) => rule.baseline !== undefined);
  const pasts = new Map<number, SummaryIndex>();
  for (const [seconds, group] of Map.groupBy(withBaseline, (rule) => rule.baseline!.lookbackSeconds)) {
    pasts.set(seconds, new SummaryIndex(await ask(reader, group.flatMap(wantedNames), from - seconds, from)));
  }
  const windows = { merged: new SummaryIndex(merged), perWriter: new SummaryIndex(perWriter) };
  return (rule) => ({
    from,
    window: rule.limit === undefined ? windows.merged : windows.perWriter,
    past: (rule.baseline && pasts.get(rule.baseline.lookbackSeconds)) ?? NOTHING,
  });
}

/** What rules match, and the inputs of what is derived. */
async function mergedWindow(
  reader: MetricsReader,
  rules: readonly AlertRule[],
  from: number,
  to: number,
): Promise<readonly MetricSummary[]> {
  const matched = await ask(reader, rules.flatMap(wantedNames), from, to);
  const known = new Set(matched.map((one) => one.name));
  const formulas = new Set(matched.flatMap((one) => (one.formula === undefined ? [] : [one.formula])));
  const inputs = new Set([...formulas].flatMap((formula) => formulaInputs(parseFormula(formula))));
  const missing = [...inputs].filter((name) => !known.has(name));
  return [...matched, ...(await ask(reader, missing, from, to))];
}

async function ask(
  reader: MetricsReader,
  names: readonly string[],
  from: number,
  to: number,
  byInstance = false,
): Promise<readonly MetricSummary[]> {
  if (names.length === 0) return [];
  return reader.summaries({ match: [...new Set(names)], from, to, byInstance });
}
