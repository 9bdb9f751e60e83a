import type { GifFrame } from "../gif/decoded-gif.ts";
import { rgbaWords } from "../gif/rgba-words.ts";
import type { Animation } from "../pipeline/animation.ts";

/** What kind of picture an animation is: decides which results are compared with each other. */
export type ContentType = "still" | "animation";

/** What the result rows say about the original's look. */
export interface ContentStatistics {
  readonly contentType: ContentType;
  /** Different colours in the first frame. */
  readonly colors: number;
  /** Shannon entropy of the first frame's colours, in bits. */
  readonly entropy: number;
  readonly framesPerSecond: number;
}

function colorCounts({ rgba }: GifFrame): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of rgbaWords(rgba)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export function contentStatistics(animation: Animation): ContentStatistics {
  const [first] = animation.frames;
  const counts = first === undefined ? new Map<number, number>() : colorCounts(first);
  const pixels = animation.width * animation.height;
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / pixels) * Math.log2(count / pixels);
  const seconds = animation.frames.reduce((sum, frame) => sum + frame.delaySeconds, 0);
  return {
    contentType: animation.frames.length > 1 ? "animation" : "still",
    colors: counts.size,
    entropy: Math.abs(entropy),
    framesPerSecond: animation.frames.length > 1 ? animation.frames.length / seconds : 0,
  };
}
