import { defaultBounds } from "@giflab/metrics-core/exposition";
import { type MeasuredRule, measuredFactor, number } from "./measure.ts";

/**
 * What classic buckets do to the percentiles that a rule compares with fixed thresholds: between two bounds Prometheus takes
 * values for evenly spread. A threshold that is a bound is met exactly.
 */
export function bucketRemarks(of: MeasuredRule): readonly string[] {
  const { rule, metric } = of;
  const { definition } = metric;
  if (definition.kind !== "timer" && definition.kind !== "histogram") return [];
  if (rule.baseline !== undefined || !/^p\d/.test(rule.statisticOf(definition.kind))) return [];
  const factor = measuredFactor(of);
  const bounds = defaultBounds(definition).map((bound) => Number(number(bound / factor)));
  return (["warning", "critical"] as const).flatMap((level) => {
    const threshold = rule.thresholdOf(level);
    if (threshold === undefined || bounds.includes(threshold)) return [];
    const [below, above] = [bounds.findLast((bound) => bound < threshold), bounds.find((bound) => bound > threshold)];
    const where =
      above === undefined ? `above ${below}` : below === undefined ? `below ${above}` : `between ${below} and ${above}`;
    const exact = [below, above].filter((bound) => bound !== undefined).join(" or ");
    return [
      `${definition.name}: percentiles ${where} are estimates, unless the program has other buckets: a threshold of ` +
        `${threshold} can be off by as much, ${exact} is exact`,
    ];
  });
}
