import type { AggregationSink } from "./aggregation-sink.ts";
import type { ReadSteps } from "./read-steps.ts";
import type { StoreView } from "./store-reader.ts";

/** The series of a store that a query wants. */
export interface WantedSeries {
  /** Their row ids, rising. */
  readonly ids: readonly number[];
  /** 0 at all other row ids that were there; `undefined` where those are too large for a table. */
  readonly mask: Uint8Array | undefined;
}

const LARGEST_MASK = 2 ** 22;

/** Asks the aggregation about every series of the store. */
export function* wantedSeries({ series }: StoreView, sink: AggregationSink): ReadSteps<WantedSeries> {
  const ids: number[] = [];
  for (let last = 0; ; ) {
    const page = series.after(last);
    for (const id of page) if (sink.series(id) >= 0) ids.push(id);
    last = page.at(-1) ?? last;
    if (page.length === 0) return { ids, mask: last < LARGEST_MASK ? maskOf(ids, last) : undefined };
    yield;
  }
}

function maskOf(ids: readonly number[], last: number): Uint8Array {
  const mask = new Uint8Array(last + 1);
  for (const id of ids) mask[id] = 1;
  return mask;
}
