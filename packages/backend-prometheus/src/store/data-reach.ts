import { AnswerTooLarge } from "./answer-error.ts";
import type { PrometheusApi } from "./http-api.ts";
import { readNames } from "./metric-catalogue.ts";
import { fetchRaw, SampleBudget } from "./raw-series.ts";
import { promTime, seriesSelector } from "./series-selector.ts";

/** When a store has data, epoch seconds; both `undefined` when it has none. */
export interface DataReach {
  /** To the day. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Older data is not looked for: as long as the SQLite store keeps its hourly data. */
const REACH_DAYS = 400;
/** So many metrics stand for all in a store without `up`. */
const METRICS_LOOKED_AT = 20;

/**
 * When a store has data. The API does not say; `up`, which every scrape writes, does: day by day, then hour by hour in the
 * last of those days, then sample by sample. In a store that is only pushed to, the first of its metrics stand for all.
 */
export async function readReach(
  api: PrometheusApi,
  options: { now: number; labels: Readonly<Record<string, string>>; maxSamples: number },
): Promise<DataReach> {
  const scraped = await reachOf(api, seriesSelector(["up"], options.labels), options);
  if (scraped.newest !== undefined) return scraped;
  const names = await readNames(api, options.now - REACH_DAYS * DAY, options.now, options.labels);
  if (names.length === 0) return scraped;
  return await reachOf(api, seriesSelector(names.slice(0, METRICS_LOOKED_AT), options.labels), options);
}

async function reachOf(
  api: PrometheusApi,
  selector: string,
  { now, maxSamples }: { now: number; maxSamples: number },
): Promise<DataReach> {
  const days = await daysWithData(api, selector, now);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return { oldest: undefined, newest: undefined };
  const inHour = `count(last_over_time(${selector}[${HOUR}s]))`;
  const hours = await stepsWithData(api, inHour, { from: last - DAY + HOUR, to: last, step: HOUR });
  const hour = hours.at(-1) ?? last;
  // A second more: to Prometheus 2 the beginning of a range belongs to it.
  const recent = await fetchRaw(api, selector, {
    from: hour - HOUR - 1,
    to: hour,
    budget: new SampleBudget(maxSamples),
  });
  const newest = recent.reduce((latest, { times }) => Math.max(latest, times.at(-1) ?? 0), 0);
  return { oldest: first - DAY, newest: newest > 0 ? newest : hour };
}

/** The ends of the days that have samples. */
async function daysWithData(api: PrometheusApi, selector: string, now: number): Promise<readonly number[]> {
  const window = { from: now - (REACH_DAYS - 1) * DAY, to: now, step: DAY };
  try {
    return await stepsWithData(api, `count(last_over_time(${selector}[${DAY}s]))`, window);
  } catch (error) {
    if (!(error instanceof AnswerTooLarge)) throw error;
    // A large fleet: then a look at one moment of every hour has to do.
    return await stepsWithData(api, `count(${selector})`, { ...window, step: HOUR });
  }
}

async function stepsWithData(
  api: PrometheusApi,
  query: string,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
): Promise<readonly number[]> {
  const data = await api.get("query_range", { query, start: promTime(from), end: promTime(to), step: String(step) });
  const { result } = data as { readonly result?: readonly { readonly values?: readonly (readonly unknown[])[] }[] };
  return (result?.[0]?.values ?? []).flatMap(([time]) => (typeof time === "number" ? time : []));
}
