import { hasTags, type MetricSummary } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import type { Evidence, Judgement } from "./judgement.ts";
import { beside, suffixReplaced } from "./metrics-beside.ts";
import { countedCalls, totalCalls } from "./summary-calls.ts";

/**
 * Judges a share of calls by the calls that could have gone well: see `AvoidableOptions`. Where nobody counts which failures
 * were avoidable, all were.
 */
export function judgeAvoidable(
  rule: AlertRule,
  summary: MetricSummary,
  share: number,
  { window }: Evidence,
): Judgement {
  const { suffix, avoidableSuffix } = rule.avoidable!;
  const calls = countedCalls(summary, window);
  const counters = beside(window, summary, suffix, avoidableSuffix).filter((one) => hasTags(one.tags, summary.tags));
  if (calls === undefined || counters.length === 0) {
    if (calls !== undefined && calls < rule.minSamples) {
      return { kind: "unjudged", summary, reason: `${calls} of at least ${rule.minSamples} samples` };
    }
    return { kind: "judged", summary, value: share, measured: share };
  }
  const good = share * calls;
  // Estimated from a sample of the look-ups where there are very many; more than all failures there cannot be.
  const avoidable = Math.min(totalCalls(counters), calls - good);
  const left = good + avoidable;
  const out = Math.max(0, Math.round(calls - left));
  if (left < Math.max(rule.minSamples, Number.MIN_VALUE)) {
    const name = suffixReplaced(summary.name, suffix, avoidableSuffix);
    const reason = `${Math.round(left)} of at least ${rule.minSamples} samples: the other ${out} failed unavoidably (see ${name})`;
    return { kind: "unjudged", summary, reason };
  }
  const note = out === 0 ? "" : `, ${out} of ${Math.round(calls)} samples left out as unavoidable`;
  return { kind: "judged", summary, value: good / left, measured: share, note };
}
