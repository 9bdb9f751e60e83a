import { formulaInputs, parseFormula } from "@giflab/metrics-core";
import { prometheusLabel, prometheusName } from "@giflab/metrics-core/exposition";
import { countedCallsExpression } from "./counted-calls.ts";
import {
  inUnits,
  type Measure,
  type MeasuredRule,
  measuredExpression,
  measuredFactor,
  NotExpressible,
  number,
  type Span,
  window,
} from "./measure.ts";
import { prometheusDuration } from "./prometheus-duration.ts";

/** Shorter ranges hold too few points to say that there was something. */
const LEAST_RANGE_SECONDS = 60;

/** Of a rule with a baseline: how many times its normal a series is. Throws `NotExpressible`. */
export function baselineMeasure(of: MeasuredRule): Measure {
  const { rule, metric, windowSeconds } = of;
  const { past, minHistorySeconds, minSamples, floor } = rule.baseline!;
  if (past.kind === "file") {
    throw new NotExpressible("Prometheus has no past in a file to compare with: use lookback or offset");
  }
  const now = window(of);
  const before: Span =
    past.kind === "offset"
      ? { range: now.range, offset: prometheusDuration(past.seconds) }
      : { range: prometheusDuration(past.seconds), offset: now.range };
  const measured = measuredExpression(of, now);
  const isRate = rule.statisticOf(metric.definition.kind) === "rate";
  // Over a range that holds less than it could, `rate` is too low: this is the mean of what there is.
  const ofWhatThereIs = `avg_over_time((${measured})[${before.range}:${now.range}] offset ${before.offset})`;
  const normal = isRate && past.kind === "lookback" ? ofWhatThereIs : measuredExpression(of, before);
  const factor = measuredFactor(of);
  const pastSeconds = past.kind === "offset" ? windowSeconds : past.seconds;
  // One event in all that time stands in for "never".
  const reference = isRate ? `clamp_min(${normal}, 1 / ${number(pastSeconds)})` : `(${normal} > 0)`;
  const guards: string[] = [];
  if (floor > 0) guards.push(`${measured} >= ${number(floor * factor)}`);
  if (minHistorySeconds > 0) {
    const end = windowSeconds + (past.kind === "offset" ? past.seconds : 0) + minHistorySeconds;
    const seconds = Math.max(LEAST_RANGE_SECONDS, pastSeconds - minHistorySeconds);
    guards.push(`${seenExpression(of, { range: prometheusDuration(seconds), offset: prometheusDuration(end) })} > 0`);
  }
  const earlierCalls =
    minSamples > 0 && metric.definition.kind !== "derived" ? countedCallsExpression(of, before) : undefined;
  if (earlierCalls !== undefined) guards.push(`${earlierCalls} >= ${number(minSamples)}`);
  return {
    value: `${measured}\n / ${reference}`,
    factor: 1,
    guards,
    measured: inUnits(measured, factor),
    baseline: inUnits(normal, factor),
  };
}

/** How many points there were of a series. */
function seenExpression({ metric, known, matchers }: MeasuredRule, { range, offset }: Span): string {
  const { definition } = metric;
  const braces = matchers === "" ? "" : `{${matchers}}`;
  const points = (exposed: string): string => `count_over_time(${exposed}${braces}[${range}] offset ${offset})`;
  if (definition.kind !== "derived") {
    const suffix = definition.kind === "histogram" || definition.kind === "timer" ? "_count" : "";
    return `sum without (instance) (${points(prometheusName(definition) + suffix)})`;
  }
  const by = ["job", ...(definition.groupBy ?? [])].map(prometheusLabel).join(", ");
  const inputs = formulaInputs(parseFormula(definition.formula)).flatMap((name) => {
    const input = known.get(name)?.definition;
    if (input === undefined || input.kind === "derived") return [];
    return [prometheusName(input) + (input.kind === "histogram" || input.kind === "timer" ? "_count" : "")];
  });
  return `sum by (${by}) (${inputs.map(points).join(" or ")})`;
}
