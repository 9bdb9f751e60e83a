import type { MetricSummary, MetricsReader } from "@giflab/metrics-core";
import type { AlertRule, Baseline } from "./alert-rule.ts";
import type { Evidence } from "./judgement.ts";
import { wantedNames } from "./metrics-beside.ts";
import type { SavedBaselines } from "./saved-baseline.ts";
import { inputNames } from "./summary-calls.ts";
import { SummaryIndex } from "./summary-index.ts";

const NOTHING = new SummaryIndex([]);

interface Past {
  readonly index: SummaryIndex;
  readonly problem?: string;
}

/** Asks the store, once for all rules that look at the window `(from, to]`, what each of them is judged on. */
export async function gatherEvidence(
  reader: MetricsReader,
  saved: SavedBaselines,
  rules: readonly AlertRule[],
  window: { readonly from: number; readonly to: number },
): Promise<(rule: AlertRule) => Evidence> {
  const { from, to } = window;
  const merging = rules.filter((rule) => rule.limit === undefined);
  const merged = await mergedWindow(reader, merging, from, to);
  const limited = rules.filter((rule) => rule.limit !== undefined);
  const perWriter = new SummaryIndex(await ask(reader, limited.flatMap(wantedNames), from, to, true));
  const pasts = new Map<string, Past>();
  const withBaseline = rules.filter((rule) => rule.baseline !== undefined);
  for (const [key, group] of Map.groupBy(withBaseline, (rule) => pastKey(rule.baseline!))) {
    const { past } = group[0]!.baseline!;
    if (past.kind === "file") pasts.set(key, await saved.read(past.path, merged));
    else {
      const start = from - past.seconds;
      const end = past.kind === "offset" ? to - past.seconds : from;
      pasts.set(key, { index: new SummaryIndex(await ask(reader, group.flatMap(wantedNames), start, end)) });
    }
  }
  const mergedIndex = new SummaryIndex(merged);
  return (rule) => {
    const past = rule.baseline && pasts.get(pastKey(rule.baseline));
    return {
      from,
      window: rule.limit === undefined ? mergedIndex : perWriter,
      past: past?.index ?? NOTHING,
      pastProblem: past?.problem,
    };
  };
}

function pastKey({ past }: Baseline): string {
  return past.kind === "file" ? `file ${past.path}` : `${past.kind} ${past.seconds}`;
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
  const missing = [...new Set(matched.flatMap(inputNames))].filter((name) => !known.has(name));
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
