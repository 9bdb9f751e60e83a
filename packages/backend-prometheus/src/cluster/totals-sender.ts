import type { NamedDefinition } from "@giflab/metrics-core";
import type { ExposedCounter, ExposedGauge, ExposedHistogram } from "../exposition/exposed-series.ts";
import type { Exposition } from "../exposition/exposition.ts";
import type { Family } from "../exposition/family.ts";
import type { InstanceState } from "../exposition/instance-state.ts";
import type { TotalsMessage } from "./cluster-message.ts";

/** Series of a message: less than a millisecond of work on either side. */
const SERIES_PER_MESSAGE = 1000;

/** What the primary knows of a series: its number there, and what it was told. */
interface Told {
  readonly number: number;
  value: number;
  count: number;
  sum: number;
  readonly counts: Float64Array | undefined;
}

type Draft = { -readonly [K in "metrics" | "series" | "scalars" | "distributions"]: TotalsMessage[K][number][] };

/** Tells the primary what a worker process has counted: each increase once, whatever else goes wrong meanwhile. */
export class TotalsSender {
  readonly #exposition: Exposition;
  /** Per family and series, in their order. */
  readonly #told: Told[][] = [];
  readonly #metricNumbers: number[] = [];
  #series = 0;
  #metrics = 0;
  #derivedTold = 0;

  constructor(exposition: Exposition) {
    this.#exposition = exposition;
  }

  /** Messages that bring the primary up to date, made one by one as they are asked for; the last one tells of the end too. */
  *messages(instance: InstanceState): Generator<TotalsMessage, void, undefined> {
    const { families } = this.#exposition;
    let draft = emptyDraft();
    let size = 0;
    for (let place = 0; place < families.length; place++) {
      const family = families[place]!;
      for (let i = 0; i < family.series.length; i++) {
        if (this.#tell(draft, place, i, instance)) size++;
        if (size < SERIES_PER_MESSAGE) continue;
        yield this.#message(draft, instance, false);
        draft = emptyDraft();
        size = 0;
      }
    }
    yield this.#message(draft, instance, instance.ended);
  }

  #message(draft: Draft, instance: InstanceState, final: boolean): TotalsMessage {
    const derived: readonly NamedDefinition[] = [...this.#exposition.derived];
    const added = derived.length > this.#derivedTold;
    this.#derivedTold = derived.length;
    const { identity, flushIntervalSeconds } = instance;
    return {
      kind: "totals",
      instance: identity,
      flushIntervalSeconds,
      ...draft,
      ...(added ? { derived } : {}),
      final,
    };
  }

  /** Adds a series to the message, if there is anything new of it. */
  #tell(draft: Draft, place: number, i: number, instance: InstanceState): boolean {
    const family = this.#exposition.families[place]!;
    if (family.kind === "counter") {
      const { value } = family.series[i] as ExposedCounter;
      const told = this.#toldOf(draft, place, i);
      if (value === told.value || !Number.isFinite(value)) return false;
      draft.scalars.push(told.number, value - (told.value || 0));
      told.value = value;
      return true;
    }
    if (family.kind === "gauge") {
      const value = (family.series[i] as ExposedGauge).values.of(instance);
      if (value === undefined) return false;
      const told = this.#toldOf(draft, place, i);
      if (value === told.value) return false;
      draft.scalars.push(told.number, value);
      told.value = value;
      return true;
    }
    return this.#tellDistribution(draft, place, i);
  }

  #tellDistribution(draft: Draft, place: number, i: number): boolean {
    const { count, sum, counts } = this.#exposition.families[place]!.series[i] as ExposedHistogram;
    const told = this.#toldOf(draft, place, i);
    const before = told.counts!;
    const begun = !Number.isNaN(told.value);
    if ((count === told.count && begun) || !Number.isFinite(sum)) return false;
    const increases = [told.number, count - told.count, sum - told.sum];
    for (let bucket = 0; bucket < counts.length; bucket++) {
      increases.push(counts[bucket]! - before[bucket]!);
      before[bucket] = counts[bucket]!;
    }
    draft.distributions.push(increases);
    told.value = 0;
    told.count = count;
    told.sum = sum;
    return true;
  }

  #toldOf(draft: Draft, place: number, i: number): Told {
    this.#told[place] ??= [];
    let told = this.#told[place][i];
    if (told !== undefined) return told;
    const family = this.#exposition.families[place]!;
    const series = family.series[i]!;
    draft.series.push([this.#metricNumber(draft, place, family), series.labels]);
    const counts = "counts" in series ? new Float64Array(series.counts.length) : undefined;
    told = { number: this.#series++, value: Number.NaN, count: 0, sum: 0, counts };
    this.#told[place][i] = told;
    return told;
  }

  #metricNumber(draft: Draft, place: number, { metric, definition, bounds }: Family): number {
    let number = this.#metricNumbers[place];
    if (number === undefined) {
      number = this.#metrics++;
      this.#metricNumbers[place] = number;
      draft.metrics.push({ metric, definition, bounds });
    }
    return number;
  }
}

function emptyDraft(): Draft {
  return { metrics: [], series: [], scalars: [], distributions: [] };
}
