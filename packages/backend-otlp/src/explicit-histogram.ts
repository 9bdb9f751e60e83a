import type { SketchData } from "@giflab/metrics-core";
import { ClassicBuckets, defaultBounds, type ExposedMetric, exposedUnit } from "@giflab/metrics-core/exposition";
import { finite } from "./finite.ts";

/** A distribution as OTLP's histogram with explicit bounds has it. */
export interface ExplicitHistogram {
  readonly count: number;
  readonly sum: number;
  /** Absent when nothing was recorded. */
  readonly min?: number;
  readonly max?: number;
  readonly buckets: {
    /** Rising upper bounds; each belongs to its bucket. */
    readonly boundaries: number[];
    /** One more than there are bounds. */
    readonly counts: number[];
  };
}

/**
 * The bounds of a metric and how its sketches are sorted into them: those that are `given` (in the unit that is sent), or
 * what suits the unit: 1, 2.5 and 5 of each decade for seconds and counts, powers of four for bytes.
 */
export class ExplicitBounds {
  readonly #boundaries: number[];
  readonly #buckets: ClassicBuckets;
  readonly #factor: number;

  /** @param factor recorded values times this are sent. */
  constructor(metric: ExposedMetric, factor: number, given: readonly number[] | undefined) {
    // The defaults are for base units, and a metric in `ms` is sent in `ms`; rounded, as 0.0025 s shall be 2.5 ms.
    const base = exposedUnit(metric).factor / factor;
    this.#boundaries = given === undefined ? defaultBounds(metric).map((bound) => rounded(bound / base)) : [...given];
    this.#buckets = new ClassicBuckets(this.#boundaries.map((bound) => bound / factor));
    this.#factor = factor;
  }

  /** `count`, `sum`, `min` and `max` are exact; a value within 0.78 % of a bound may be found on its other side. */
  histogram(sketch: SketchData): ExplicitHistogram {
    const { count } = sketch;
    const factor = this.#factor;
    const counts = new Float64Array(this.#boundaries.length + 1);
    this.#buckets.addTo(counts, sketch);
    return {
      count,
      sum: finite(sketch.sum * factor),
      ...(count === 0 ? {} : { min: finite(sketch.min * factor), max: finite(sketch.max * factor) }),
      buckets: { boundaries: this.#boundaries, counts: [...counts] },
    };
  }
}

function rounded(bound: number): number {
  return Number(bound.toPrecision(12));
}
