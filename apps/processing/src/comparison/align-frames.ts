/** An original frame and the result frame made from it, by position. */
export interface FramePair {
  readonly original: number;
  readonly result: number;
}

function startTimes(delays: readonly number[]): number[] {
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  let time = 0;
  return delays.map((delay) => {
    const start = time / total;
    time += delay;
    return start;
  });
}

/** The original frame that begins when each result frame begins (times as parts of the whole, as delays get rounded). */
function origins(original: readonly number[], result: readonly number[]): number[] {
  const starts = startTimes(original);
  let at = 0;
  return startTimes(result).map((start) => {
    while (at + 1 < starts.length && Math.abs(starts[at + 1]! - start) <= Math.abs(starts[at]! - start)) at++;
    return at;
  });
}

/**
 * What is compared at each moment of the original: for every original frame the result frame on screen when it begins,
 * paired with the original frame that one was made from. Three originals of 0.1 s, results of 0.2 s and 0.1 s: the pairs
 * (0, 0), (0, 0) and (2, 1). Time grows with the number of frames, not with its square.
 *
 * @param originalDelays seconds of each original frame; likewise `resultDelays`
 */
export function alignFrames(originalDelays: readonly number[], resultDelays: readonly number[]): FramePair[] {
  const from = origins(originalDelays, resultDelays);
  let shown = 0;
  return originalDelays.map((_, moment) => {
    while (shown + 1 < from.length && from[shown + 1]! <= moment) shown++;
    return { original: from[shown]!, result: shown };
  });
}
