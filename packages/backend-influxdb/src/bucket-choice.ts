import { globMatcher, type SeriesDescriptor } from "@giflab/metrics-core";
import { ClassicBuckets, defaultBounds, exposedUnit } from "@giflab/metrics-core/exposition";
import { tagText } from "./line-text.ts";

/** Bounds by pattern of metric names, `false` for none; the first pattern that matches decides. */
export type BucketOptions = false | Readonly<Record<string, false | readonly number[]>>;

/** Buckets with the text that is the same in every line of each: the last one is above all bounds. */
export interface WrittenBuckets {
  readonly buckets: ClassicBuckets;
  /** Values of the tag `le`. */
  readonly le: readonly string[];
  /** The fields `bound` and `lower`, with a comma before each. */
  readonly constants: readonly string[];
}

/** Which buckets the histograms and timers of each name are written in. */
export class BucketChoice {
  readonly #chosen: readonly {
    readonly matches: (name: string) => boolean;
    readonly buckets: WrittenBuckets | undefined;
  }[];
  /** Of metrics that nothing was chosen for; few, because they depend on the unit only. */
  readonly #defaults = new Map<string, WrittenBuckets>();

  /** Throws `INVALID_OPTION` for bounds that do not rise. */
  constructor(options: BucketOptions) {
    const entries: [string, false | readonly number[]][] = options === false ? [["*", false]] : Object.entries(options);
    this.#chosen = entries.map(([pattern, bounds]) => ({
      matches: globMatcher(pattern),
      buckets: bounds === false ? undefined : written(bounds),
    }));
  }

  /** `undefined` when none are wanted. Bounds are in the metric's own unit. */
  of({ name, definition }: SeriesDescriptor): WrittenBuckets | undefined {
    const chosen = this.#chosen.find(({ matches }) => matches(name));
    if (chosen !== undefined) return chosen.buckets;
    const metric = { name, kind: definition.kind, unit: definition.unit };
    const { suffix, factor } = exposedUnit(metric);
    const key = `${suffix} ${factor}`;
    let buckets = this.#defaults.get(key);
    if (buckets === undefined) {
      // The shared bounds are seconds and bytes; 12 digits keep 0.0025 s from being 2.5000000000000004 ms.
      buckets = written(defaultBounds(metric).map((bound) => Number((bound / factor).toPrecision(12))));
      this.#defaults.set(key, buckets);
    }
    return buckets;
  }
}

function written(bounds: readonly number[]): WrittenBuckets {
  const buckets = new ClassicBuckets(bounds);
  // As Prometheus has it: what lies below a first bound above 0 is taken to begin at 0.
  const lowers = [bounds[0]! > 0 ? 0 : undefined, ...bounds];
  return {
    buckets,
    le: [...bounds.map((bound) => tagText(String(bound))), "+Inf"],
    constants: lowers.map((lower, i) => {
      const bound = bounds[i];
      return `${bound === undefined ? "" : `,bound=${bound}`}${lower === undefined ? "" : `,lower=${lower}`}`;
    }),
  };
}
