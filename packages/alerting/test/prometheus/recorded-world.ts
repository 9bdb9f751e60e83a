import { TEST_START, TestInstance } from "@giflab/backend-testkit";
import { MemoryBackend, type NamedDefinition, type SnapshotPoint, type Tags } from "@giflab/metrics-core";
import {
  ClassicBuckets,
  ClassicHistogram,
  defaultBounds,
  exposedUnit,
  prometheusLabel,
  prometheusName,
  RunningTotals,
} from "@giflab/metrics-core/exposition";

/** Epoch seconds at which worlds begin: a whole number of minutes. */
export const START: number = TEST_START - (TEST_START % 60);
export const FLUSH_SECONDS = 10;

/** A series as it is exposed, with its values one flush after the other, the first at the beginning. */
export interface ExposedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `undefined`: there was none. */
  readonly values: (number | undefined)[];
}

/** The same metrics in a store of ours and as Prometheus has them. */
export class RecordedWorld {
  readonly store: MemoryBackend = new MemoryBackend({ bufferSize: 1_000_000 });
  readonly #derived: readonly NamedDefinition[];
  readonly #series = new Map<string, ExposedSeries>();
  #instances = 0;

  constructor(derived: readonly NamedDefinition[] = []) {
    this.#derived = derived;
  }

  get exposed(): readonly ExposedSeries[] {
    return [...this.#series.values()];
  }

  /** A process that runs from `from` to `to` (seconds since the beginning); `points` is given the time of each flush. */
  run(points: (seconds: number) => readonly SnapshotPoint[], { from = 0, to }: { from?: number; to: number }): void {
    const instance = new TestInstance({
      start: START + from,
      flushIntervalSeconds: FLUSH_SECONDS,
      derived: this.#derived,
    });
    const name = `host-${++this.#instances}`;
    const totals = new RunningTotals(
      ({ name: metric, definition }) =>
        new ClassicHistogram(
          new ClassicBuckets(
            defaultBounds({ name: metric, ...definition }).map(
              (bound) => bound / exposedUnit({ name: metric, ...definition }).factor,
            ),
          ),
        ),
    );
    for (let seconds = from + FLUSH_SECONDS; seconds <= to; seconds += FLUSH_SECONDS) {
      const snapshot = instance.flush(points(seconds), { final: seconds + FLUSH_SECONDS > to });
      this.store.writeSync(snapshot);
      totals.add(snapshot);
      for (const total of totals.all) {
        const { definition, tags } = total.series;
        const metric = { name: total.series.name, ...definition };
        const [exposed, { factor }] = [prometheusName(metric), exposedUnit(metric)];
        const add = (suffix: string, value: number, more: Tags = {}): void =>
          this.#add(
            exposed + suffix,
            { instance: name, ...tags, ...more },
            seconds,
            value,
            total.kind !== "gauge" ? from : undefined,
          );
        if (!("distribution" in total)) add("", total.value * factor);
        else {
          const { buckets, counts, count, sum } = total.distribution;
          let below = 0;
          for (const [place, bound] of buckets.bounds.entries()) {
            below += counts[place]!;
            add("_bucket", below, { le: String(Number((bound * factor).toPrecision(15))) });
          }
          add("_bucket", count, { le: "+Inf" });
          add("_count", count);
          add("_sum", sum * factor);
        }
      }
    }
  }

  #add(name: string, tags: Tags, seconds: number, value: number, zeroAt: number | undefined): void {
    const labels = Object.fromEntries(
      Object.entries({ job: "test", ...tags }).map(([tag, text]) => [tag === "le" ? tag : prometheusLabel(tag), text]),
    );
    const key = JSON.stringify([name, labels]);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { name, labels, values: [] };
      this.#series.set(key, series);
      // Counters are exposed before they count.
      if (zeroAt !== undefined) series.values[zeroAt / FLUSH_SECONDS] = 0;
    }
    series.values[seconds / FLUSH_SECONDS] = value;
  }
}
