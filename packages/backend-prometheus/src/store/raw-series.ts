import { MetricsError } from "@giflab/metrics-core";
import { AnswerTooLarge } from "./answer-error.ts";
import type { PrometheusApi } from "./http-api.ts";
import { promDuration, promTime } from "./series-selector.ts";

/** Samples of one series as columns, in time order. */
export interface RawSeries {
  readonly name: string;
  /** All labels but the name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch seconds. */
  readonly times: number[];
  /** NaN and infinities among them. */
  readonly values: number[];
}

/** What a query may still read: shared by all of its requests. */
export class SampleBudget {
  readonly #limit: number;
  #left: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** Throws `INVALID_QUERY` when it is used up. */
  take(samples: number): void {
    this.#left -= samples;
    if (this.#left >= 0) return;
    throw new MetricsError(
      "INVALID_QUERY",
      `the query reads more than maxSamples (${this.#limit}) samples: ask for fewer metrics (--metric, --system, --service) ` +
        "or a shorter window, or raise maxSamples",
    );
  }
}

/** Shorter than this a window is not halved any more: then it is the number of series that is too large. */
const SHORTEST_SECONDS = 60;

/**
 * The stored samples in `(from, to]` of all series that `selector` selects, as they were scraped: `increase()` and `rate()`
 * extrapolate, raw samples do not. An answer that is too large is asked for again in halves of the window.
 */
export async function fetchRaw(
  api: PrometheusApi,
  selector: string,
  { from, to, budget }: { readonly from: number; readonly to: number; readonly budget: SampleBudget },
): Promise<readonly RawSeries[]> {
  if (!(to > from)) return [];
  try {
    const query = `${selector}[${promDuration(to - from)}]`;
    const series = readMatrix(await api.get("query", { query, time: promTime(to) }), from, to);
    budget.take(series.reduce((total, { times }) => total + times.length, 0));
    return series;
  } catch (error) {
    if (!(error instanceof AnswerTooLarge) || to - from < 2 * SHORTEST_SECONDS) throw error;
    const middle = Math.round((from + to) / 2);
    const earlier = await fetchRaw(api, selector, { from, to: middle, budget });
    return joined(earlier, await fetchRaw(api, selector, { from: middle, to, budget }));
  }
}

/** The two halves of a window as one. */
function joined(earlier: readonly RawSeries[], later: readonly RawSeries[]): readonly RawSeries[] {
  const found = new Map(earlier.map((series) => [seriesKey(series), series]));
  for (const series of later) {
    const before = found.get(seriesKey(series));
    if (before === undefined) found.set(seriesKey(series), series);
    else {
      for (const time of series.times) before.times.push(time);
      for (const value of series.values) before.values.push(value);
    }
  }
  return [...found.values()];
}

/** Identity of a series. */
export function seriesKey({ name, labels }: Pick<RawSeries, "name" | "labels">): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * A matrix of the API as series, without what lies outside of `(from, to]`: servers differ in whether the beginning of a range
 * belongs to it. Throws `BACKEND_UNAVAILABLE` for anything else.
 */
function readMatrix(data: unknown, from: number, to: number): RawSeries[] {
  const { resultType, result } = (data ?? {}) as { readonly resultType?: unknown; readonly result?: unknown };
  if (resultType !== "matrix" || !Array.isArray(result)) throw unexpected("no matrix");
  return result.map((one: { readonly metric?: unknown; readonly values?: unknown }) => {
    const { name, labels } = readLabels(one?.metric);
    if (!Array.isArray(one.values)) throw unexpected("a series without values");
    const times: number[] = [];
    const values: number[] = [];
    for (const sample of one.values as readonly unknown[]) {
      const [time, value] = Array.isArray(sample) ? (sample as readonly unknown[]) : [];
      if (typeof time !== "number" || typeof value !== "string") throw unexpected("a sample that is no [time, text]");
      if (!(time > from && time <= to)) continue;
      times.push(time);
      values.push(readNumber(value));
    }
    return { name, labels, times, values };
  });
}

/** Labels and value of each element of an instant vector. */
export function readVector(
  data: unknown,
): readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[] {
  const { resultType, result } = (data ?? {}) as { readonly resultType?: unknown; readonly result?: unknown };
  if (resultType !== "vector" || !Array.isArray(result)) throw unexpected("no vector");
  return result.map((one: { readonly metric?: unknown; readonly value?: unknown }) => {
    const value = Array.isArray(one?.value) ? one.value[1] : undefined;
    if (typeof value !== "string") throw unexpected("an element without a value");
    return { ...readLabels(one.metric), value: readNumber(value) };
  });
}

function readLabels(metric: unknown): { name: string; labels: Readonly<Record<string, string>> } {
  if (typeof metric !== "object" || metric === null) throw unexpected("a series without labels");
  const { __name__: name = "", ...labels } = metric as Readonly<Record<string, string>>;
  return { name, labels };
}

function readNumber(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function unexpected(what: string): MetricsError {
  return new MetricsError(
    "BACKEND_UNAVAILABLE",
    `the server answered a query with something else (${what}): does it speak the Prometheus API completely?`,
  );
}
