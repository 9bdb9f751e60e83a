import { type Tags, tagSetKey } from "@giflab/metrics-core";
import { exposedUnit, prometheusLabel, prometheusName, promqlStatistic } from "@giflab/metrics-core/exposition";
import { suffixReplaced } from "../metrics-beside.ts";
import { type KnownMetric, tagKeys } from "./known-metrics.ts";
import { inUnits, type Measure, type MeasuredRule, NotExpressible, window } from "./measure.ts";

/** Of a rule with a limit: the worst process, each against the limit that it recorded itself. Throws `NotExpressible`. */
export function limitMeasure(of: MeasuredRule): Measure {
  const { rule, metric, known, matchers } = of;
  const { definition } = metric;
  const { suffix, limitSuffix } = rule.limit!;
  const name = suffixReplaced(definition.name, suffix, limitSuffix);
  const limit = name === undefined ? undefined : known.get(name);
  if (limit === undefined) throw new NotExpressible(`its limit ${name} is not known`);
  const statistic = rule.statisticOf(definition.kind);
  if (definition.kind !== "gauge" || limit.definition.kind !== "gauge" || !Object.hasOwn(OVER_TIME, statistic)) {
    throw new NotExpressible(`the ${statistic} of a ${definition.kind} cannot be compared with a limit in Prometheus`);
  }
  const { range } = window(of);
  const over = (call: string, exposed: string, more = matchers): string =>
    `${call}(${exposed}${more === "" ? "" : `{${more}}`}[${range}])`;
  const now = (exposed: string, more = matchers): string => `${exposed}${more === "" ? "" : `{${more}}`}`;
  const [used, most] = [prometheusName(definition), prometheusName(limit.definition)];
  const call = OVER_TIME[statistic]!;
  const worst = rule.direction === "above" ? "max" : "min";
  const whole = [of.processMatchers ?? "", ...tagKeys(metric).map((tag) => `${prometheusLabel(tag)}=""`)];
  const wholeMatchers = whole.filter((one) => one !== "").join(",");
  const { sameTags, ofWhole } = limitsOf(metric, limit);
  const share = (value: string, limitOf: (matchers: string) => string): string => {
    const same = `${value} / (${limitOf(matchers)} > 0)`;
    const other = `${value} / on (job, instance) group_left () (${limitOf(wholeMatchers)} > 0)`;
    return `${worst} without (instance) (${ofWhole ? (sameTags ? `${same} or ${other}` : other) : same})`;
  };
  const ofWindow = share(over(call, used), (more) => over("last_over_time", most, more));
  const value = statistic === "last" ? `(${share(now(used), (more) => now(most, more))}\nor ${ofWindow})` : ofWindow;
  const [usedFactor, limitFactor] = [exposedUnit(definition).factor, exposedUnit(limit.definition).factor];
  const shown = (one: typeof definition, factor: number): string | undefined => {
    const expression = promqlStatistic(one, "last", {
      range,
      matchers: one === definition || !ofWhole ? matchers : wholeMatchers,
    });
    return expression === undefined ? undefined : inUnits(expression, factor);
  };
  return {
    value,
    factor: usedFactor / limitFactor,
    guards: [],
    measured: shown(definition, usedFactor),
    limit: shown(limit.definition, limitFactor),
  };
}

const OVER_TIME: Readonly<Record<string, string>> = {
  last: "last_over_time",
  min: "min_over_time",
  max: "max_over_time",
  mean: "avg_over_time",
};

/** A limit is recorded under the same tags, or without tags for the whole; which of them there are. */
function limitsOf(metric: KnownMetric, limit: KnownMetric): { readonly sameTags: boolean; readonly ofWhole: boolean } {
  const limits = new Set(limit.tagSets.map(tagSetKey));
  const have = (tags: Tags): boolean => limits.has(tagSetKey(tags));
  const ofWhole = limits.size > 0 && metric.tagSets.some((tags) => !have(tags));
  return { ofWhole, sameTags: !ofWhole || metric.tagSets.some((tags) => Object.keys(tags).length > 0 && have(tags)) };
}
