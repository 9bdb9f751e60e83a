import { bucketMiddle, type MetricSnapshot, type SeriesDescriptor, type SketchData } from "@giflab/metrics-core";

/** Upper bounds of a timer's buckets, rising, without the last one that takes the rest. */
export type ClassicBuckets = readonly number[];

/** `count` bounds from `low` to `high`, each a constant factor above the one before. */
export function exponentialBuckets(low: number, high: number, count: number): ClassicBuckets {
  const factor = (high / low) ** (1 / (count - 1));
  return Array.from({ length: count }, (_, i) => Number((low * factor ** i).toPrecision(4)));
}

/** One exposed series: its text up to the value, and the value. */
interface Exposed {
  readonly text: string;
  value: number;
}

interface ExposedMetric {
  readonly lines: readonly Exposed[];
  readonly take: (point: MetricSnapshot["points"][number]) => void;
}

/**
 * What a Prometheus server that scraped the same process after each flush would have seen: counters and histograms cumulative,
 * and every series that is known, changed or not. A histogram has one series per bucket, one for the rest, a sum and a count.
 */
export class ExposedSeries {
  readonly #buckets: ClassicBuckets;
  readonly #metrics = new Map<SeriesDescriptor, ExposedMetric>();

  constructor(buckets: ClassicBuckets) {
    this.#buckets = buckets;
  }

  /** How many series there are so far. */
  get size(): number {
    return [...this.#metrics.values()].reduce((sum, { lines }) => sum + lines.length, 0);
  }

  /** The lines of a scrape at the end of a snapshot, each ending with `timestamp`. */
  scrape({ points }: MetricSnapshot, timestamp: string): string {
    for (const point of points) {
      let metric = this.#metrics.get(point.series);
      if (metric === undefined) this.#metrics.set(point.series, (metric = this.#expose(point.series)));
      metric.take(point);
    }
    let text = "";
    for (const { lines } of this.#metrics.values()) {
      for (const line of lines) text += `${line.text} ${line.value} ${timestamp}\n`;
    }
    return text;
  }

  #expose(series: SeriesDescriptor): ExposedMetric {
    const { kind } = series.definition;
    const name = exposedName(series.name);
    if (kind === "counter") {
      const total = { text: `${name}_total${labels(series)}`, value: 0 };
      return { lines: [total], take: (point) => void (total.value += point.kind === "counter" ? point.delta : 0) };
    }
    if (kind === "gauge") {
      const level = { text: `${name}${labels(series)}`, value: 0 };
      return { lines: [level], take: (point) => void (level.value = point.kind === "gauge" ? point.value : 0) };
    }
    return this.#exposeHistogram(name, series);
  }

  #exposeHistogram(name: string, series: SeriesDescriptor): ExposedMetric {
    const bounds = [...this.#buckets.map(String), "+Inf"];
    const buckets = bounds.map((le): Exposed => ({ text: `${name}_bucket${labels(series, le)}`, value: 0 }));
    const sum: Exposed = { text: `${name}_sum${labels(series)}`, value: 0 };
    const count: Exposed = { text: `${name}_count${labels(series)}`, value: 0 };
    const take = (point: MetricSnapshot["points"][number]): void => {
      if (point.kind === "counter" || point.kind === "gauge") return;
      sum.value += point.sketch.sum;
      count.value += point.sketch.count;
      this.#addBuckets(buckets, point.sketch);
    };
    return { lines: [...buckets, sum, count], take };
  }

  /** Cumulative: each bucket counts all values up to its bound. */
  #addBuckets(buckets: readonly Exposed[], { indexes, counts }: SketchData): void {
    for (let i = 0; i < indexes.length; i++) {
      const middle = bucketMiddle(indexes[i]!);
      let place = this.#buckets.findIndex((bound) => middle <= bound);
      if (place < 0) place = this.#buckets.length;
      for (; place < buckets.length; place++) buckets[place]!.value += counts[i]!;
    }
  }
}

/** A metric's name as Prometheus allows it, without the ending that its kind adds. */
export function exposedName(name: string): string {
  return name.replaceAll(/\W/g, "_");
}

/** The name is a label too, for what a function gives has no name any more and must still be told apart. */
function labels({ name, tags }: SeriesDescriptor, le?: string): string {
  const all = Object.entries({ metric: name, ...tags, ...(le === undefined ? {} : { le }) });
  return `{${all.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}}`;
}
