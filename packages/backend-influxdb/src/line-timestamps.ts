const NANOSECOND_PLACES = 999_999;

/**
 * The timestamps of one instance's lines: nanoseconds since the epoch, as text because they exceed what a number holds.
 *
 * A snapshot's end in whole milliseconds, which databases store in two bytes. An end that is not after all earlier ones (two
 * flushes in a millisecond, a clock that was set back) gets nanoseconds made of the sequence number, so that no snapshot
 * overwrites another one: a database keeps one value per series and timestamp.
 *
 * Ends 5.000, 5.000 and 4.000 s of the snapshots 1, 2, 3 are `5000000000`, `5000000003` and `4000000004`.
 */
export class LineTimestamps {
  #latest: number = Number.NEGATIVE_INFINITY;

  /** @param end epoch seconds. To be called once per snapshot. */
  next(end: number, sequence: number): string {
    const milliseconds = Math.round(end * 1000);
    if (milliseconds > this.#latest) {
      this.#latest = milliseconds;
      return `${milliseconds}000000`;
    }
    const nanoseconds = (sequence % NANOSECOND_PLACES) + 1;
    return `${milliseconds}${String(nanoseconds).padStart(6, "0")}`;
  }
}
