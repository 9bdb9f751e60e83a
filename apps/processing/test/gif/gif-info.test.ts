import { expect, it } from "vitest";
import { readGifInfo } from "../../src/gif/gif-info.ts";
import { gifBytes } from "./gif-bytes.ts";

const pixel = { width: 1, height: 1, indices: [1] };

it("sums the delays, a missing one counting 100 ms, and gives a single frame no duration", () => {
  const two = gifBytes({ width: 4, height: 3, loops: 0 }, [
    { ...pixel, delayHundredths: 0 },
    { ...pixel, delayHundredths: 25 },
  ]);
  expect(readGifInfo(two)).toMatchObject({
    version: "GIF89a",
    width: 4,
    height: 3,
    frameCount: 2,
    loopCount: 0,
    durationSeconds: 0.35,
  });
  expect(readGifInfo(gifBytes({ width: 1, height: 1 }, [pixel]))).toMatchObject({ durationSeconds: 0, loopCount: -1 });
});

it("does not decode: a screen beyond every limit is described all the same", () => {
  expect(readGifInfo(gifBytes({ width: 65535, height: 65535 }, [pixel]))).toMatchObject({
    width: 65535,
    frameCount: 1,
  });
});

it("reads comments and ignores unknown extensions", () => {
  const bytes = gifBytes({ width: 1, height: 1 }, [pixel]);
  const comment = [0x21, 0xfe, 2, 104, 105, 0, 0x21, 0x77, 3, 1, 2, 3, 0];
  const info = readGifInfo(Uint8Array.from([...bytes.subarray(0, 25), ...comment, ...bytes.subarray(25)]));
  expect(info.comments).toEqual(["hi"]);
  expect(info.frameCount).toBe(1);
});
