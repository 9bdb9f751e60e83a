import type { Animation } from "../pipeline/animation.ts";
import type { PictureSize } from "../quality/resize-area.ts";
import { type Thumbnail, thumbnailDistance, thumbnailOf } from "./frame-thumbnail.ts";
import { type Candidates, matchFrames } from "./match-frames.ts";
import type { Turns } from "./turns.ts";

/** An original frame and the result frame made from it, by position. */
export interface FramePair {
  readonly original: number;
  readonly result: number;
}

/** How many frames a result frame's origin may lie beside what timing and counting say. */
const REACH = 16;
/** Parts of a thumbnail in each direction, at most. */
const THUMBNAIL_SIDE = 16;

/** Half of the step in which GIFs count time: what rounding may shift a frame by. */
const ROUNDING_SECONDS = 0.005;

/** When each frame begins, in seconds, and the end of the last one. */
function beginnings({ frames }: Animation): number[] {
  const times = [0];
  for (const { delaySeconds } of frames) times.push(times.at(-1)! + delaySeconds);
  return times;
}

/**
 * The original on screen when each result frame begins, where every one begins together with an original and both end
 * together: then the delays were kept, and what is seen at a time is what is compared. `undefined` where they were not.
 */
function originsByTime(original: Animation, result: Animation): number[] | undefined {
  const times = beginnings(original);
  const origins: number[] = [];
  let at = 0;
  for (const time of beginnings(result)) {
    while (at + 1 < times.length && Math.abs(times[at + 1]! - time) <= Math.abs(times[at]! - time)) at++;
    if (Math.abs(times[at]! - time) > ROUNDING_SECONDS + 1e-9) return undefined;
    origins.push(at);
  }
  const end = origins.pop();
  // Frames that take no time have no place of their own.
  return end === times.length - 1 && origins.every((origin) => origin < end) ? origins : undefined;
}

/** When each frame begins, as a part of the whole: an engine may have rounded or changed all delays. */
function startTimes({ frames }: Animation): number[] {
  const total = frames.reduce((sum, { delaySeconds }) => sum + delaySeconds, 0);
  let time = 0;
  return frames.map(({ delaySeconds }, at) => {
    const start = total > 0 ? time / total : at / frames.length;
    time += delaySeconds;
    return start;
  });
}

/** For each result frame the originals it may come from: around the one that begins at that time and the one of its rank. */
function candidatesOf(original: Animation, result: Animation): Candidates[] {
  const starts = startTimes(original);
  const last = starts.length - 1;
  let at = 0;
  let from = 0;
  let to = 0;
  return startTimes(result).map((start, rank, { length }) => {
    while (at < last && Math.abs(starts[at + 1]! - start) <= Math.abs(starts[at]! - start)) at++;
    const counted = length > 1 ? Math.round((rank * last) / (length - 1)) : 0;
    from = Math.max(from, Math.min(at, counted) - REACH);
    to = Math.min(last, Math.max(to, at + REACH, counted + REACH));
    return { from, to, expected: at };
  });
}

async function thumbnails(
  { frames, width, height }: Animation,
  parts: PictureSize,
  pause: Turns,
): Promise<Thumbnail[]> {
  const made: Thumbnail[] = [];
  for (const { rgba } of frames) {
    made.push(thumbnailOf(rgba, { width, height }, parts));
    await pause.take();
  }
  return made;
}

/**
 * What is compared at each moment of the original: for every original frame the result frame on screen when it begins,
 * paired with the original frame that one was made from. Three originals of 0.1 s, results of 0.2 s and 0.1 s that look like
 * the first and the last: the pairs (0, 0), (0, 0) and (2, 1).
 *
 * Frames that begin together belong together, so that a result that lags behind is compared with what it should show. Where
 * an engine changed the delays, which original a result frame was made from is told by what it looks like, in small, among
 * those that timing and counting make likely: frames may have been dropped, merged with equal neighbours, or shown for
 * another time. That takes time in proportion to the number of frames (times how far timing and counting are apart), about
 * 0.05 ms for each.
 *
 * @throws whatever `pause` throws
 */
export async function alignFrames(original: Animation, result: Animation, pause: Turns): Promise<FramePair[]> {
  const origins = originsByTime(original, result) ?? (await originsByLooks(original, result, pause));
  let shown = 0;
  return original.frames.map((_, moment) => {
    while (shown + 1 < origins.length && origins[shown + 1]! <= moment) shown++;
    return { original: origins[shown]!, result: shown };
  });
}

async function originsByLooks(original: Animation, result: Animation, pause: Turns): Promise<number[]> {
  const candidates = candidatesOf(original, result);
  const parts = {
    width: Math.min(THUMBNAIL_SIDE, original.width, result.width),
    height: Math.min(THUMBNAIL_SIDE, original.height, result.height),
  };
  const originals = await thumbnails(original, parts, pause);
  const results = await thumbnails(result, parts, pause);
  return matchFrames(candidates, (one, other) => thumbnailDistance(originals[one]!, results[other]!));
}
