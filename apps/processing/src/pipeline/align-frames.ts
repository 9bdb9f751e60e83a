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
 * Which frames to compare: for each sampled original frame the result frame on screen at that moment, paired with the
 * original frame it was made from; each result frame once. Three originals of 0.1 s and results of 0.2 s and 0.1 s:
 * samples 0, 1 and 2 give the pairs (0, 0) and (2, 1). Time grows with the number of frames, not with its square.
 *
 * @param originalDelays seconds of each original frame; likewise `resultDelays`
 * @param sampled positions of original frames, ascending
 */
export function alignFrames(
  originalDelays: readonly number[],
  resultDelays: readonly number[],
  sampled: readonly number[],
): FramePair[] {
  const from = origins(originalDelays, resultDelays);
  const pairs: FramePair[] = [];
  let shown = 0;
  for (const moment of sampled) {
    while (shown + 1 < from.length && from[shown + 1]! <= moment) shown++;
    if (pairs.at(-1)?.result !== shown) pairs.push({ original: from[shown]!, result: shown });
  }
  return pairs;
}
