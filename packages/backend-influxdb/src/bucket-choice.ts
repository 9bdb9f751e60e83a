import { globMatcher, type SeriesDescriptor } from "@giflab/metrics-core";
import { ClassicBuckets, defaultBounds, exposedUnit } from "@giflab/metrics-core/exposition";

/** Bounds by pattern of metric names, `false` for none; the first pattern that matches decides. */
export type BucketOptions = false | Readonly<Record<string, false | readonly number[]>>;

/** Which buckets the histograms and timers of each name are written in. */
export class BucketChoice {
  readonly #chosen: readonly {
    readonly matches: (name: string) => boolean;
    readonly buckets: ClassicBuckets | undefined;
  }[];
  /** Of metrics that nothing was chosen for; few, because they depend on the unit only. */
  readonly #defaults = new Map<string, ClassicBuckets>();

  /** Throws `INVALID_OPTION` for bounds that do not rise. */
  constructor(options: BucketOptions) {
    const entries: [string, false | readonly number[]][] = options === false ? [["*", false]] : Object.entries(options);
    this.#chosen = entries.map(([pattern, bounds]) => ({
      matches: globMatcher(pattern),
      buckets: bounds === false ? undefined : new ClassicBuckets(bounds),
    }));
  }

  /** `undefined` when none are wanted. Bounds are in the metric's own unit. */
  of({ name, definition }: SeriesDescriptor): ClassicBuckets | undefined {
    const chosen = this.#chosen.find(({ matches }) => matches(name));
    if (chosen !== undefined) return chosen.buckets;
    const metric = { name, kind: definition.kind, unit: definition.unit };
    const { suffix, factor } = exposedUnit(metric);
    const key = `${suffix} ${factor}`;
    let buckets = this.#defaults.get(key);
    if (buckets === undefined) {
      // The shared bounds are seconds and bytes; 12 digits keep 0.0025 s from being 2.5000000000000004 ms.
      buckets = new ClassicBuckets(defaultBounds(metric).map((bound) => Number((bound / factor).toPrecision(12))));
      this.#defaults.set(key, buckets);
    }
    return buckets;
  }
}
