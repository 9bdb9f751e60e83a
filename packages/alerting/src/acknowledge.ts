import { DURATION_FORMS, type Duration, durationSeconds, MetricsError, type StateStore } from "@giflab/metrics-core";
import type { TagFilter } from "./alert-rule-options.ts";
import { changeSeriesStates } from "./alert-states.ts";
import { overallState } from "./rule-state.ts";
import { SeriesFilter } from "./series-filter.ts";

export interface AcknowledgeOptions {
  /** Name of the rule. */
  readonly rule: string;
  /** Only alerts with these tags; as in a rule. */
  readonly tags?: TagFilter;
  /** How long it holds at most; default: as long as the alert fires and does not get worse. */
  readonly for?: Duration;
  readonly by?: string;
  readonly comment?: string;
}

/** Marks the alerts of a rule that fire as seen. Resolves to how many. Throws `INVALID_OPTION`, and the store's errors. */
export async function acknowledge(store: StateStore, options: AcknowledgeOptions, now: number): Promise<number> {
  const { rule, tags = {}, by, comment } = options;
  const seconds = options.for === undefined ? undefined : (durationSeconds(options.for) ?? 0);
  if (seconds === 0) {
    const got = JSON.stringify(options.for);
    throw new MetricsError(
      "INVALID_OPTION",
      `for of an acknowledgement must be ${DURATION_FORMS}, more than 0, got ${got}`,
    );
  }
  const filter = new SeriesFilter({ tags });
  return await changeSeriesStates(store, rule, (series) => {
    const { state, level } = overallState(series);
    if (state !== "firing" || level === undefined || !filter.takes(series.metric, series.tags)) return series;
    const acknowledged = {
      at: now,
      level,
      ...(by === undefined ? {} : { by }),
      ...(comment === undefined ? {} : { comment }),
      ...(seconds === undefined ? {} : { until: now + seconds }),
    };
    return { ...series, acknowledged };
  });
}
