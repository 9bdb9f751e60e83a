import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeGif, decodeGifBytes, decodeIndexed, renderIndexed } from "../../src/gif/decode-gif.ts";
import { GifError, type GifErrorCode } from "../../src/gif/gif-error.ts";
import { readGifInfo } from "../../src/gif/gif-info.ts";
import { corpusBytes, corpusFiles, hasCorpus, pygifCase } from "./corpus.ts";
import { gifBytes, letters } from "./gif-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "giflab-decode-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function failure(decode: () => unknown): { code: GifErrorCode; message: string } {
  try {
    decode();
  } catch (error) {
    if (error instanceof GifError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("decoded without an error");
}

describe("decodeGifBytes", () => {
  it("draws each image over the one before and leaves it there by default", () => {
    const gif = decodeGifBytes(
      gifBytes({ width: 2, height: 2, loops: 3 }, [
        { width: 2, height: 2, indices: [1, 1, 1, 1] },
        { left: 1, top: 1, width: 1, height: 1, indices: [2] },
      ]),
    );
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["rrrr", "rrrg"]);
    expect(gif).toMatchObject({ width: 2, height: 2, frameCount: 2, loopCount: 3, warnings: [] });
  });

  it("clears a disposed image's area to transparent, not to the background colour", () => {
    const gif = decodeGifBytes(
      gifBytes({ width: 2, height: 1 }, [
        { width: 2, height: 1, indices: [1, 1], disposal: 1 },
        { left: 1, width: 1, height: 1, indices: [2], disposal: 2 },
        { left: 0, width: 1, height: 1, indices: [3] },
      ]),
    );
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["rr", "rg", "w."]);
  });

  it("restores what was under an image disposed to previous, also twice in a row", () => {
    const gif = decodeGifBytes(
      gifBytes({ width: 3, height: 1 }, [
        { width: 3, height: 1, indices: [1, 1, 1], disposal: 1 },
        { left: 0, width: 1, height: 1, indices: [2], disposal: 3 },
        { left: 1, width: 1, height: 1, indices: [3], disposal: 3 },
        { left: 2, width: 1, height: 1, indices: [0] },
      ]),
    );
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["rrr", "grr", "rwr", "rrk"]);
  });

  it("does not draw the transparent index", () => {
    const gif = decodeGifBytes(
      gifBytes({ width: 2, height: 1 }, [
        { width: 2, height: 1, indices: [1, 2] },
        { width: 2, height: 1, indices: [0, 3], transparentIndex: 0 },
      ]),
    );
    expect(letters(gif.frames[1]!.rgba)).toBe("rw");
  });

  it("puts the rows of an interlaced image in their places", () => {
    // Stored rows 0, 8, 4, 2, 6, 1, 3, 5, 7: the row's number in the picture modulo 4 is its colour.
    const stored = [0, 8, 4, 2, 6, 1, 3, 5, 7];
    const image = { width: 1, height: 9, interlaced: true, indices: stored.map((row) => row % 4) };
    expect(letters(decodeGifBytes(gifBytes({ width: 1, height: 9 }, [image])).frames[0]!.rgba)).toBe("krgwkrgwk");
  });

  it("takes an image's own palette before the global one", () => {
    const own = { width: 1, height: 1, indices: [1], palette: [0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0] };
    expect(letters(decodeGifBytes(gifBytes({ width: 1, height: 1 }, [own])).frames[0]!.rgba)).toBe("w");
  });

  it("cuts off what leaves the screen", () => {
    const wide = { left: 1, top: 1, width: 3, height: 3, indices: [1, 2, 3, 1, 2, 3, 1, 2, 3] };
    const outside = { left: 7, top: 9, width: 1, height: 1, indices: [1] };
    const gif = decodeGifBytes(gifBytes({ width: 2, height: 2 }, [wide, outside]));
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["...r", "...r"]);
  });

  it("shows a frame without a delay for 100 ms", () => {
    const pixel = { width: 1, height: 1, indices: [1] };
    const gif = decodeGifBytes(
      gifBytes({ width: 1, height: 1 }, [
        { ...pixel, delayHundredths: 0 },
        { ...pixel, delayHundredths: 7 },
      ]),
    );
    expect(gif.frames.map((frame) => frame.delaySeconds)).toEqual([0.1, 0.07]);
  });

  it("keeps an even spread with maxFrames, drawn as if all frames had been kept", () => {
    const images = [1, 2, 3, 0, 1, 2].map((color, at) => ({ left: at, width: 1, height: 1, indices: [color] }));
    const gif = decodeGifBytes(gifBytes({ width: 6, height: 1 }, images), { maxFrames: 3 });
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["r.....", "rgw...", "rgwkrg"]);
    expect(gif.frameCount).toBe(6);
  });

  it("keeps at most 500 frames unless told otherwise", () => {
    const bytes = gifBytes(
      { width: 1, height: 1 },
      Array.from({ length: 600 }, () => ({ width: 1, height: 1, indices: [1] })),
    );
    expect(decodeGifBytes(bytes).frames).toHaveLength(500);
    expect(decodeGifBytes(bytes, { maxFrames: 600 }).frames).toHaveLength(600);
  });

  it("returns what a truncated file still holds, with a warning", () => {
    const whole = gifBytes({ width: 2, height: 2 }, [
      { width: 2, height: 2, indices: [1, 1, 1, 1] },
      { width: 2, height: 2, indices: [2, 2, 2, 2] },
    ]);
    const gif = decodeGifBytes(whole.subarray(0, whole.length - 4));
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["rrrr", "ggrr"]);
    expect(gif.warnings.join("\n")).toContain("the file ends inside image 2");
    expect(gif.warnings.join("\n")).toContain("after 2 of 4 pixels");
  });

  it("draws no pixel of an earlier image where a truncated one has none", () => {
    const row = { width: 4, height: 1 };
    const whole = gifBytes(row, [
      { ...row, indices: [3, 3, 3, 3], disposal: 2 },
      { ...row, indices: [2, 2, 2, 2] },
    ]);
    const gif = decodeGifBytes(whole.subarray(0, whole.length - 4));
    expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["wwww", "gg.."]);
  });

  it("disposes of images that lie outside of the screen", () => {
    for (const disposal of [2, 3]) {
      const outside = { width: 1, height: 2, indices: [1, 1], disposal };
      const images = [
        { ...outside, left: 5, top: 1 },
        { ...outside, left: 0, top: 7 },
        { width: 2, height: 2, indices: [2, 2, 2, 2] },
      ];
      const gif = decodeGifBytes(gifBytes({ width: 2, height: 2 }, images));
      expect(gif.frames.map((frame) => letters(frame.rgba))).toEqual(["....", "....", "gggg"]);
    }
  });

  it("takes the first image's extent when the screen has no area", () => {
    const gif = decodeGifBytes(gifBytes({ width: 0, height: 0 }, [{ left: 1, width: 1, height: 2, indices: [1, 2] }]));
    expect([gif.width, gif.height, letters(gif.frames[0]!.rgba)]).toEqual([2, 2, ".r.g"]);
    expect(gif.warnings).toHaveLength(1);
  });

  it("refuses what is no GIF, what is empty and what is damaged before the first pixel", () => {
    const badCodeSize = gifBytes({ width: 1, height: 1 }, [{ width: 1, height: 1, indices: [1] }]);
    badCodeSize[badCodeSize.length - 6] = 12;
    expect(failure(() => decodeGifBytes(new Uint8Array())).code).toBe("NOT_A_GIF");
    expect(failure(() => decodeGifBytes(Buffer.from("\x89PNG\r\n\x1a\n....")))).toMatchObject({ code: "NOT_A_GIF" });
    expect(failure(() => decodeGifBytes(Buffer.from("GIF89a")))).toMatchObject({ code: "CORRUPT" });
    expect(failure(() => decodeGifBytes(gifBytes({ width: 3, height: 3 }, [])))).toMatchObject({ code: "EMPTY" });
    expect(failure(() => decodeGifBytes(gifBytes({ width: 3, height: 3, trailer: false }, []))).code).toBe("CORRUPT");
    expect(failure(() => decodeGifBytes(badCodeSize)).message).toMatch(/corrupt/);
  });

  it.each([
    [6727, 65_351, "439,616,177"],
    [65_535, 65_535, "4,294,836,225"],
  ])("refuses a file of a few bytes that claims %d x %d pixels without allocating them", (width, height, pixels) => {
    const claim = gifBytes({ width, height }, [{ width: 1, height: 1, indices: [0] }]);
    const before = process.memoryUsage();
    const { code, message } = failure(() => decodeGifBytes(claim));
    expect(code).toBe("TOO_LARGE");
    expect(message).toContain(pixels);
    expect(message).toContain("maxCanvasPixels");
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(1 << 20);
  });

  it("bounds one image, all frames together, and the work of hidden images", () => {
    const pixel = { width: 1, height: 1, indices: [1] };
    const bigImage = gifBytes({ width: 1, height: 1 }, [{ ...pixel, width: 9000, height: 9000 }]);
    expect(failure(() => decodeGifBytes(bigImage)).message).toContain("an image of 9000 x 9000");
    const many = gifBytes(
      { width: 100, height: 100 },
      Array.from({ length: 20 }, () => pixel),
    );
    expect(failure(() => decodeGifBytes(many, { maxPixels: 100_000 })).message).toContain("20 frames of 100 x 100");
    expect(decodeGifBytes(many, { maxPixels: 100_000, maxFrames: 10 }).frames).toHaveLength(10);
    const hidden = { left: 1, width: 40, height: 40, indices: Array.from({ length: 1600 }, () => 1) };
    const work = gifBytes(
      { width: 1, height: 1 },
      Array.from({ length: 20 }, () => hidden),
    );
    expect(failure(() => decodeGifBytes(work, { maxPixels: 2000 })).message).toContain("unpack to more than 16,000");
  });

  it("checks maxPixels for all frames kept before the first is drawn", () => {
    const images = Array.from({ length: 50 }, () => ({ width: 1, height: 1, indices: [1] }));
    const bytes = gifBytes({ width: 8000, height: 8000 }, images);
    const before = process.memoryUsage().arrayBuffers;
    expect(failure(() => decodeGifBytes(bytes, { maxFrames: 50 }))).toEqual({
      code: "TOO_LARGE",
      message: expect.stringMatching(/50 frames of 8000 x 8000 are 3,200,000,000 pixels.*raise maxPixels/),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  it("draws a frame when its pixels are first read, and gives the same array from then on", () => {
    const side = 1000;
    const images = Array.from({ length: 20 }, () => ({ width: 1, height: 1, indices: [1] }));
    const before = process.memoryUsage().arrayBuffers;
    const gif = decodeGifBytes(gifBytes({ width: side, height: side }, images));
    const { rgba } = gif.frames[3]!;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * side * side);
    expect(gif.frames[3]!.rgba).toBe(rgba);
    expect({ ...gif.frames[3]! }.rgba).toBe(rgba);
    expect(gif.frames[4]!.rgba.buffer).not.toBe(rgba.buffer);
  });

  it("leaves out the images behind the millionth", () => {
    // Without pixels: 15 bytes each.
    const one = gifBytes({ width: 1, height: 1, trailer: false }, [{ width: 0, height: 0, indices: [] }]);
    const header = one.subarray(0, 25);
    const image = Buffer.from(one.subarray(33));
    const bytes = Buffer.concat([header, Buffer.alloc(1_000_001 * image.length, image)]);
    const { frameCount, warnings } = readGifInfo(bytes);
    expect(frameCount).toBe(1_000_000);
    expect(warnings).toEqual(["more than 1,000,000 images: the rest is ignored"]);
  });

  it("refuses a limit that is not at least 1", () => {
    const bytes = gifBytes({ width: 1, height: 1 }, [{ width: 1, height: 1, indices: [1] }]);
    for (const limit of [0, -1, Number.NaN])
      expect(() => decodeGifBytes(bytes, { maxFrames: limit })).toThrow(RangeError);
  });

  it("gives the same frames through the indexed form", () => {
    const bytes = gifBytes({ width: 3, height: 2, loops: 0 }, [
      { width: 3, height: 2, indices: [1, 2, 3, 0, 1, 2], disposal: 1 },
      { left: 1, width: 2, height: 2, indices: [0, 3, 3, 0], disposal: 3, transparentIndex: 0 },
      { left: 0, width: 1, height: 2, indices: [2, 2], disposal: 2 },
      { left: 2, width: 1, height: 1, indices: [1] },
    ]);
    for (const maxFrames of [1, 2, 3, 4]) {
      expect(renderIndexed(decodeIndexed(bytes, { maxFrames }))).toEqual(decodeGifBytes(bytes, { maxFrames }));
    }
  });
});

describe("decodeGif", () => {
  it("names the file and the cause when it cannot be read", async () => {
    const missing = join(folder, "missing.gif");
    await expect(decodeGif(missing)).rejects.toMatchObject({
      code: "UNREADABLE",
      message: `Failed to extract frames from ${missing}: cannot be read: there is no such file`,
    });
    await expect(decodeGif(folder)).rejects.toMatchObject({
      code: "UNREADABLE",
      message: expect.stringContaining("a folder"),
    });
  });

  it("refuses a file beyond maxFileBytes before reading it", async () => {
    const path = join(folder, "large.gif");
    writeFileSync(path, gifBytes({ width: 1, height: 1 }, [{ width: 1, height: 1, indices: [1] }]));
    await expect(decodeGif(path, { maxFileBytes: 10 })).rejects.toMatchObject({ code: "TOO_LARGE" });
    expect((await decodeGif(path)).frameCount).toBe(1);
  });
});

describe.runIf(hasCorpus)("decodeGifBytes on other decoders' test files", () => {
  const cases = corpusFiles().flatMap((name) => {
    const expected = pygifCase(name);
    return expected === undefined || expected.frames.length === 0 ? [] : [{ name, expected }];
  });

  it.each(cases)("gives every pixel of $name", ({ name, expected }) => {
    const gif = decodeGifBytes(corpusBytes(name));
    expect(gif.loopCount).toBe(expected.loopCount === "infinite" ? 0 : Number(expected.loopCount) || -1);
    // pygif shows images without a delay together with the next one that has one; here each is a frame of its own.
    const keepsEach = gif.frames.length === expected.frames.length;
    const timed = gif.frames.filter((frame) => frame.delaySeconds !== 0.1);
    const images = keepsEach ? gif.frames : timed.length > 0 ? timed : gif.frames.slice(-1);
    expect(images).toHaveLength(expected.frames.length);
    for (const [at, frame] of expected.frames.entries()) {
      expect(Buffer.compare(Buffer.from(images[at]!.rgba.buffer), frame.rgba), `frame ${at}`).toBe(0);
      if (keepsEach) expect(images[at]!.delaySeconds).toBe((frame.delayHundredths ?? 10) / 100);
    }
  });

  it.each([
    ["image-gif-issue-101-infinite-empty-loop.gif", "TOO_LARGE"],
    ["image-gif-issue-117-out-of-range.gif", "CORRUPT"],
    ["pillow-zero_width.gif", "EMPTY"],
    ["pygif-zero-size.gif", "EMPTY"],
    ["wuffs-no-frames.gif", "EMPTY"],
  ])("refuses %s as %s", (name, code) => {
    expect(failure(() => decodeGifBytes(corpusBytes(name))).code).toBe(code);
  });

  it.each([
    ["libvips-truncated.gif", 575, 800],
    ["wuffs-hippopotamus.interlaced.truncated.gif", 36, 28],
    ["wuffs-pixel-data-not-enough.gif", 2, 2],
  ])("gives what %s still holds", (name, width, height) => {
    const gif = decodeGifBytes(corpusBytes(name));
    expect([gif.width, gif.height, gif.frames.length]).toEqual([width, height, 1]);
    expect(gif.frames[0]!.rgba.some((value) => value !== 0)).toBe(true);
    expect(gif.warnings.length).toBeGreaterThan(0);
  });
});
