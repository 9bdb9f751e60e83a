import type { DecodedGif } from "../gif/decoded-gif.ts";
import { rgbaWords } from "../gif/rgba-words.ts";
import type { ResultRow } from "./result-row.ts";

/** Delays are stored in hundredths of a second: per frame as much can be rounded away. */
const ROUNDING_SECONDS = 0.011;

/** What a pipeline promised of its result. */
export interface PromisedResult {
  readonly frameCount: number;
  /** Most colours of any frame, beside transparency. */
  readonly colors: number;
}

function durationOf({ frames }: DecodedGif): number {
  return frames.reduce((sum, frame) => sum + frame.delaySeconds, 0);
}

/** The most colours of any frame, transparency left out: about a nanosecond a pixel. */
function mostColors({ frames }: DecodedGif): number {
  // One bit for each of 2^24 colours.
  const seen = new Uint32Array(2 ** 19);
  let most = 0;
  for (const { rgba } of frames) {
    seen.fill(0);
    let count = 0;
    for (const word of rgbaWords(rgba)) {
      if (word === 0) continue;
      const color = word & 0xffffff;
      const bit = 1 << (color & 31);
      if ((seen[color >> 5]! & bit) !== 0) continue;
      seen[color >> 5]! |= bit;
      count++;
    }
    most = Math.max(most, count);
  }
  return most;
}

/**
 * Checks a result as it was read back from its file: every frame there, the same size and duration as the original, no more
 * colours than promised, nothing wrong with the file. `validation_duration_ratio` is result / original.
 */
export function validateResult(original: DecodedGif, result: DecodedGif, promised: PromisedResult): ResultRow {
  const warnings = [...result.warnings];
  const colors = mostColors(result);
  const before = durationOf(original);
  const after = durationOf(result);
  if (colors > promised.colors) warnings.push(`${colors} colours instead of at most ${promised.colors}`);
  if (result.frameCount !== promised.frameCount) {
    warnings.push(`${result.frameCount} frames instead of ${promised.frameCount}`);
  }
  if (result.width !== original.width || result.height !== original.height) {
    warnings.push(`${result.width} x ${result.height} instead of ${original.width} x ${original.height}`);
  }
  if (original.frames.length > 1 && Math.abs(after - before) > ROUNDING_SECONDS * original.frames.length) {
    warnings.push(`lasts ${after.toFixed(2)} s instead of ${before.toFixed(2)} s`);
  }
  return {
    validation_passed: warnings.length === 0,
    validation_warnings: warnings.length === 0 ? undefined : warnings.join("; "),
    validation_frame_count: result.frameCount,
    validation_duration_ratio: before > 0 ? after / before : undefined,
    validation_n_colors: colors,
  };
}
