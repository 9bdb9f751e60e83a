import type { MetricCatalogue } from "./metric-definition.ts";

/** What monitoring says about itself. */
export const SELF_METRICS: MetricCatalogue = {
  "giflab.monitoring.dropped": {
    kind: "counter",
    unit: "{point}",
    system: "monitoring",
    description: "Points dropped because a backend did not accept them in time",
    normalRange: { max: 0, statistic: "sum", better: "lower" },
  },
  "giflab.monitoring.errors": {
    kind: "counter",
    unit: "{error}",
    system: "monitoring",
    description: "Things that went wrong inside monitoring, by reason",
    normalRange: { max: 0, statistic: "sum", better: "lower" },
  },
};
