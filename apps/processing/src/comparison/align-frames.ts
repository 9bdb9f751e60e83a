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
 * Which original a result frame was made from is told by what it looks like, in small, among those that timing and
 * counting make likely: frames may have been dropped, merged with equal neighbours, or shown for another time. Takes time in
 * proportion to the number of frames (times how far timing and counting are apart), about 0.05 ms for each.
 *
 * @throws whatever `pause` throws
 */
export async function alignFrames(original: Animation, result: Animation, pause: Turns): Promise<FramePair[]> {
  const candidates = candidatesOf(original, result);
  const parts = {
    width: Math.min(THUMBNAIL_SIDE, original.width, result.width),
    height: Math.min(THUMBNAIL_SIDE, original.height, result.height),
  };
  const originals = await thumbnails(original, parts, pause);
  const results = await thumbnails(result, parts, pause);
  const origins = matchFrames(candidates, (one, other) => thumbnailDistance(originals[one]!, results[other]!));
  let shown = 0;
  return original.frames.map((_, moment) => {
    while (shown + 1 < origins.length && origins[shown + 1]! <= moment) shown++;
    return { original: origins[shown]!, result: shown };
  });
}
