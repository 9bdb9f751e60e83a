import type { AggregationSink } from "./aggregation-sink.ts";
import type { ReadSteps } from "./read-steps.ts";
import type { StoreView } from "./store-reader.ts";

/** Asks the aggregation about every series of the store. Returns the row ids of those that the query wants, rising. */
export function* wantedSeries({ series }: StoreView, sink: AggregationSink): ReadSteps<number[]> {
  const wanted: number[] = [];
  for (let last = 0; ; ) {
    const page = series.after(last);
    for (const id of page) if (sink.series(id) >= 0) wanted.push(id);
    last = page.at(-1) ?? last;
    if (page.length === 0) return wanted;
    yield;
  }
}
