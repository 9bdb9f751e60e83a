import { describe, expect, it } from "vitest";
import { planFrames } from "../../src/engines/frame-plan.ts";
import { scanGif } from "../../src/gif/scan-gif.ts";
import { gifBytes } from "../gif/gif-bytes.ts";

function gif(...delays: readonly number[]) {
  const images = delays.map((delayHundredths) => ({ width: 1, height: 1, indices: [0], delayHundredths }));
  return scanGif(gifBytes({ width: 1, height: 1 }, images));
}

describe("planFrames", () => {
  it("keeps an even spread and gives each frame the time of those dropped after it", () => {
    expect(planFrames(gif(1, 2, 3, 4, 5, 6), 0.5)).toEqual({ positions: [0, 2, 5], delays: [3, 12, 6] });
    expect(planFrames(gif(1, 2, 3), 0.1)).toEqual({ positions: [0], delays: [6] });
    expect(planFrames(gif(1, 2, 3), 1)).toEqual({ positions: [0, 1, 2], delays: [1, 2, 3] });
  });

  it("counts a missing delay as the decoder does, and stops at the longest one a file can hold", () => {
    expect(planFrames(gif(0, 5), 0.5).delays).toEqual([15]);
    expect(planFrames(gif(65_535, 65_535), 0.5).delays).toEqual([65_535]);
  });
});
