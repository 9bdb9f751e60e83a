import { ExposedCounter, ExposedGauge, ExposedHistogram, type ExposedSeries } from "../exposition/exposed-series.ts";
import type { Exposition } from "../exposition/exposition.ts";
import type { Family } from "../exposition/family.ts";
import { InstanceState } from "../exposition/instance-state.ts";
import type { TotalsMessage } from "./cluster-message.ts";

/** A metric of another process: where it is exposed here, and which of our buckets each of its buckets is. */
interface ReceivedMetric {
  readonly family: Family | undefined;
  readonly buckets: readonly number[];
}

/** Takes in what one other process of the cluster has counted. */
export class TotalsReceiver {
  readonly #exposition: Exposition;
  readonly #metrics: ReceivedMetric[] = [];
  readonly #series: { readonly series: ExposedSeries; readonly buckets: readonly number[] }[] = [];
  #instance: InstanceState | undefined;

  constructor(exposition: Exposition) {
    this.#exposition = exposition;
  }

  /** Each message once, in the order in which they were sent. */
  take(message: TotalsMessage): void {
    const exposition = this.#exposition;
    if (this.#instance === undefined) {
      this.#instance = new InstanceState(message.instance);
      exposition.join(this.#instance);
    }
    const instance = this.#instance;
    instance.flushIntervalSeconds = message.flushIntervalSeconds;
    exposition.heardOf(instance);
    if (message.derived !== undefined) exposition.derive(message.derived);
    for (const { metric, definition, bounds } of message.metrics) {
      const family = exposition.familyOf(metric, definition);
      family?.describe(definition);
      this.#metrics.push({ family, buckets: family === undefined ? [] : placesOf(bounds, family.bounds) });
    }
    for (const [metric, labels] of message.series) {
      const { family, buckets } = this.#metrics[metric]!;
      // Of a metric that is refused here the series are counted in nothing that is shown.
      this.#series.push({ series: family?.seriesOf(labels) ?? new ExposedGauge("refused", ""), buckets });
    }
    const { scalars } = message;
    for (let i = 0; i < scalars.length; i += 2) {
      const { series } = this.#series[scalars[i]!]!;
      if (series instanceof ExposedCounter) series.value += scalars[i + 1]!;
      else if (series instanceof ExposedGauge) series.values.set(instance, scalars[i + 1]!);
    }
    for (const [number, count, sum, ...increases] of message.distributions) {
      const { series, buckets } = this.#series[number!]!;
      if (!(series instanceof ExposedHistogram)) continue;
      series.count += count!;
      series.sum += sum!;
      for (let i = 0; i < increases.length; i++) series.counts[buckets[i]!]! += increases[i]!;
    }
    if (message.final) this.end();
  }

  /** The process has ended: its gauges go, what it has counted stays. */
  end(): void {
    if (this.#instance !== undefined) this.#exposition.end(this.#instance);
  }
}

/**
 * For each of the buckets `from`, the infinite one included, the place of the bucket of `to` that surely holds its values. They
 * are the same buckets, as long as the processes of a cluster have the same options.
 */
function placesOf(from: readonly number[], to: readonly number[]): number[] {
  const places = from.map((bound) => {
    const place = to.findIndex((other) => other >= bound);
    return place < 0 ? to.length : place;
  });
  return [...places, to.length];
}
