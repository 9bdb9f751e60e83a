import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gifenc } from "../../src/gif/gifenc.ts";
import { LZW_SLACK } from "../../src/gif/lzw-codes.ts";
import { LzwDecoder } from "../../src/gif/lzw-decoder.ts";
import { scanGif } from "../../src/gif/scan-gif.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";

/** The sub-blocks another encoder makes of one row of indices: the file, and where the code size stands. */
function encoded(indices: Uint8Array): { readonly bytes: Uint8Array; readonly dataOffset: number } {
  const encoder = gifenc.GIFEncoder();
  const palette = Array.from({ length: 256 }, (_, index) => [index, index, index]);
  encoder.writeFrame(indices, indices.length, 1, { palette, colorDepth: 8 });
  encoder.finish();
  const bytes = encoder.bytes();
  return { bytes, dataOffset: scanGif(bytes).images[0]!.dataOffset };
}

/** A pattern of one to nine pixels, over and over: what strings that run into themselves are made of. */
const repeated = fc
  .tuple(fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 4000 }))
  .map(([pattern, length]) => Array.from({ length }, (_, at) => pattern[at % pattern.length]!));
const noise = fc.array(fc.nat({ max: 255 }), { maxLength: 300 });
const anyIndices = fc
  .array(fc.oneof(repeated, noise), { minLength: 1, maxLength: 8 })
  .map((parts) => Uint8Array.from(parts.flat()))
  .filter(({ length }) => length > 0);

describe("an LZW decoder", () => {
  const lzw = new LzwDecoder();

  it("gives back what another encoder packed, at once and piece by piece, and not a pixel more", () => {
    fc.assert(
      fc.property(anyIndices, fc.integer({ min: 1, max: 255 }), (indices, piece) => {
        const { bytes, dataOffset } = encoded(indices);
        const output = new Uint8Array(indices.length + LZW_SLACK + 8).fill(77);
        const decode = (): unknown => lzw.decode(bytes, dataOffset, output, indices.length);
        expect(decode()).toEqual({ written: indices.length, damage: "none" });
        expect(Buffer.compare(output.subarray(0, indices.length), indices)).toBe(0);
        expect([...output.subarray(indices.length + LZW_SLACK)]).toEqual(new Array(8).fill(77));

        output.fill(0);
        lzw.begin(bytes[dataOffset]!, output, indices.length);
        for (let at = dataOffset + 1; bytes[at] !== 0; at += bytes[at]! + 1) {
          const end = at + 1 + bytes[at]!;
          for (let from = at + 1; from < end; from += piece) lzw.push(bytes, from, Math.min(from + piece, end));
        }
        expect(lzw.end(true)).toEqual({ written: indices.length, damage: "none" });
        expect(Buffer.compare(output.subarray(0, indices.length), indices)).toBe(0);
      }),
      { numRuns: long ? 5000 : 150 },
    );
  });

  it("stops at the pixels asked for, in the middle of a string too", () => {
    const indices = new Uint8Array(5000).fill(9);
    const { bytes, dataOffset } = encoded(indices);
    for (const count of [0, 1, 2, 4, 5, 6, 70, 999, 4999]) {
      const output = new Uint8Array(count + LZW_SLACK + 8);
      expect(lzw.decode(bytes, dataOffset, output, count)).toEqual({ written: count, damage: "none" });
      expect(output.subarray(0, count).every((index) => index === 9)).toBe(true);
      expect(output.subarray(count + LZW_SLACK).every((index) => index === 0)).toBe(true);
    }
  });

  it.each([
    ["a code size of 0", [0, 1, 0, 0], "bad code size", 0],
    ["a code size of 12", [12, 1, 0, 0], "bad code size", 0],
    // Codes of three bits, from the lowest: clear 4, end 5.
    ["an end code before the first pixel", [2, 1, 0o54, 0], "data missing", 0],
    ["data blocks that end after a pixel", [2, 1, 0o14, 0], "data missing", 1],
    ["a file that ends after a pixel", [2, 1, 0o14], "data ends early", 1],
    ["a code beyond the dictionary", [2, 1, 0o74, 0], "bad code", 0],
    ["a code that would be made of the string before it, when there is none", [2, 1, 0o64, 0], "bad code", 0],
  ] as const)("tells %s", (_, data, damage, written) => {
    const output = new Uint8Array(100 + LZW_SLACK);
    expect(lzw.decode(Uint8Array.from(data), 0, output, 100)).toEqual({ written, damage });
  });
});
