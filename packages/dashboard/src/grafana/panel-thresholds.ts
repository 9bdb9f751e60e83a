import type { DashboardLine, NamedDefinition } from "@giflab/metrics-core";
import { exposedUnit } from "@giflab/metrics-core/exposition";
import type { GrafanaThresholds } from "./dashboard-json.ts";

/** Where a value becomes a warning and where it becomes critical, in the unit of the metric (a share of its limit where there is one). */
export interface AlertThresholds {
  readonly direction: "above" | "below";
  readonly warning?: number | undefined;
  readonly critical?: number | undefined;
}

/** The thresholds of alert rules for a line of a panel; `undefined` where no rule with fixed thresholds watches it. */
export type ThresholdsOf = (line: DashboardLine) => AlertThresholds | undefined;

/** The colours of a panel in the unit in which its lines are drawn: all green where no alert watches. */
export function grafanaThresholds(
  thresholds: AlertThresholds | undefined,
  line: DashboardLine,
  metric: NamedDefinition,
  baseUnits: boolean,
): GrafanaThresholds {
  const { direction, warning, critical } = thresholds ?? { direction: "above" };
  const factor = !baseUnits || line.limit !== undefined || metric.kind === "derived" ? 1 : exposedUnit(metric).factor;
  const levels = [
    { color: "orange", value: warning },
    { color: "red", value: critical },
  ].flatMap(({ color, value }) => (value === undefined ? [] : [{ color, value: value * factor }]));
  if (direction === "above") return { mode: "absolute", steps: [{ color: "green", value: null }, ...levels] };
  // Grafana colours upwards from each step: from the worst level to the one that is good.
  const rising = levels.reverse();
  const steps = rising.map(({ color }, place) => ({ color, value: place === 0 ? null : rising[place - 1]!.value }));
  return { mode: "absolute", steps: [...steps, { color: "green", value: rising.at(-1)?.value ?? null }] };
}
