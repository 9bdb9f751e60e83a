import type { PrometheusApi } from "./http-api.ts";
import { readVector } from "./raw-series.ts";
import { type ReadableMetric, sampleNames } from "./readable-metric.ts";
import { promDuration, promTime, seriesSelector } from "./series-selector.ts";

/** Samples that one request is meant to bring, about: some megabytes. */
const SAMPLES_PER_REQUEST = 200_000;
/** Names of one request: they become one regular expression. */
const NAMES_PER_REQUEST = 200;

/** Metrics that are asked for together, each with at least one series. */
export interface Batch {
  readonly metrics: readonly ReadableMetric[];
  /** Samples of the window, about. */
  readonly samples: number;
}

/**
 * How the samples of a window are asked for without large answers: metrics in batches. A metric that is too large alone is one
 * by itself, to be asked for in slices of the window. Metrics without series in the window are left out.
 */
export async function planBatches(
  api: PrometheusApi,
  metrics: readonly ReadableMetric[],
  window: {
    readonly from: number;
    readonly to: number;
    readonly labels: Readonly<Record<string, string | readonly string[]>>;
    /** Seconds between two samples of a series, about. */
    readonly intervalSeconds: number;
  },
): Promise<readonly Batch[]> {
  const counts = await countSeries(api, metrics, window);
  const perSeries = Math.max(1, (window.to - window.from) / window.intervalSeconds);
  const batches: Batch[] = [];
  let [batch, names, samples]: [ReadableMetric[], number, number] = [[], 0, 0];
  const close = (): void => {
    if (batch.length > 0) batches.push({ metrics: batch, samples });
    [batch, names, samples] = [[], 0, 0];
  };
  for (const metric of metrics) {
    const own = sampleNames(metric);
    const series = own.reduce((total, [name]) => total + (counts.get(name) ?? 0), 0);
    if (series === 0) continue;
    const size = series * perSeries;
    if (samples + size > SAMPLES_PER_REQUEST || names + own.length > NAMES_PER_REQUEST) close();
    batch.push(metric);
    names += own.length;
    samples += size;
  }
  close();
  return batches;
}

/** Into how many parts a window is cut so that each brings what one request should. */
export function sliceCount(samples: number): number {
  return Math.max(1, Math.ceil(samples / SAMPLES_PER_REQUEST));
}

async function countSeries(
  api: PrometheusApi,
  metrics: readonly ReadableMetric[],
  { from, to, labels }: { from: number; to: number; labels: Readonly<Record<string, string | readonly string[]>> },
): Promise<ReadonlyMap<string, number>> {
  const names = metrics.flatMap((metric) => sampleNames(metric).map(([name]) => name));
  const counts = new Map<string, number>();
  for (let i = 0; i < names.length; i += NAMES_PER_REQUEST) {
    const selector = seriesSelector(names.slice(i, i + NAMES_PER_REQUEST), labels);
    const query = `count by (__name__) (last_over_time(${selector}[${promDuration(to - from)}]))`;
    for (const { name, value } of readVector(await api.get("query", { query, time: promTime(to) })))
      counts.set(name, value);
  }
  return counts;
}
