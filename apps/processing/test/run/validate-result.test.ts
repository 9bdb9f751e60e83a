import { expect, it } from "vitest";
import type { DecodedGif } from "../../src/gif/decoded-gif.ts";
import { validateResult } from "../../src/run/validate-result.ts";

function gif(colors: readonly number[], more: Partial<DecodedGif> = {}, delaySeconds = 0.1): DecodedGif {
  const frames = colors.map((count) => {
    const rgba = new Uint8ClampedArray(4 * 16);
    for (let at = 1; at < 16; at++) rgba.set([10 * (at % count), at % count, 7, 255], 4 * at);
    return { rgba, delaySeconds };
  });
  return { width: 4, height: 4, frames, frameCount: frames.length, loopCount: 0, warnings: [], ...more };
}

it("passes a result that holds what was promised: transparency is no colour", () => {
  expect(validateResult(gif([9, 9, 9]), gif([4, 3], {}, 0.15), { frameCount: 2, colors: 4 })).toEqual({
    validation_passed: true,
    validation_warnings: undefined,
    validation_frame_count: 2,
    validation_duration_ratio: expect.closeTo(1, 9),
    validation_n_colors: 4,
  });
});

it("says everything that is not as promised", () => {
  const result = gif([5, 6], { width: 2, height: 8, warnings: ["cut off"] });
  expect(validateResult(gif([9, 9, 9]), result, { frameCount: 3, colors: 4 })).toMatchObject({
    validation_passed: false,
    validation_warnings:
      "cut off; 6 colours instead of at most 4; 2 frames instead of 3; 2 x 8 instead of 4 x 4; lasts 0.20 s instead of 0.30 s",
    validation_n_colors: 6,
  });
});
