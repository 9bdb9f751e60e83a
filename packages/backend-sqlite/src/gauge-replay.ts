import type { GaugeSpans } from "./chunk-codec.ts";

/** Each extreme is held for this share of the time at least, where rounding of the mean would leave it none, */
const LEAST_SHARE = 1e-6;
/** and for this long, so that the moments can be told apart: epoch seconds are doubles. */
const LEAST_SECONDS = 1e-6;

/**
 * Gives back what a rolled up row knows of a gauge as values stated at moments: a signal with the same extremes and the same
 * mean over time, that ends with the same value. Where in the row it was high is not known any more.
 *
 * Held for 60 s between 0 and 10 with a mean of 2.5, at last 1: 10 for 15 s, then 0 for 45 s, then 1.
 */
export function replayGauge(
  { held, means, mins, maxs }: GaugeSpans,
  i: number,
  end: number,
  last: number,
  state: (time: number, value: number) => void,
): void {
  const [seconds, min, max] = [held[i]!, mins[i]!, maxs[i]!];
  if (seconds > 0 && min === max) state(end - seconds, min);
  else if (seconds > 0) {
    const least = Math.min(seconds / 2, Math.max(seconds * LEAST_SHARE, LEAST_SECONDS));
    const high = Math.min(seconds - least, Math.max(least, (seconds * (means[i]! - min)) / (max - min)));
    const endsHigh = max - last < last - min;
    state(end - seconds, endsHigh ? min : max);
    state(endsHigh ? end - high : end - seconds + high, endsHigh ? max : min);
  }
  state(end, last);
}
