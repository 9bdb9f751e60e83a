import { avoidableMeasure } from "./avoidable-measure.ts";
import { baselineMeasure } from "./baseline-measure.ts";
import { countedCallsExpression } from "./counted-calls.ts";
import { limitMeasure } from "./limit-measure.ts";
import {
  inUnits,
  type Measure,
  type MeasuredRule,
  measuredExpression,
  measuredFactor,
  number,
  window,
} from "./measure.ts";

/** What a rule compares with its thresholds, of one metric. Throws `NotExpressible`. */
export function ruleMeasure(of: MeasuredRule): Measure {
  const { rule } = of;
  if (rule.limit !== undefined) return limitMeasure(of);
  const avoidable = rule.avoidable === undefined ? undefined : avoidableMeasure(of);
  if (avoidable !== undefined) return { ...avoidable, measured: measuredExpression(of, window(of)) };
  const enough = rule.minSamples > 1 ? countedCallsExpression(of, window(of)) : undefined;
  const guards = enough === undefined ? [] : [`${enough} >= ${number(rule.minSamples)}`];
  if (rule.baseline !== undefined) {
    const measure = baselineMeasure(of);
    return { ...measure, guards: [...guards, ...measure.guards] };
  }
  const [value, factor] = [measuredExpression(of, window(of)), measuredFactor(of)];
  return { value, factor, guards, measured: inUnits(value, factor) };
}
