import fc from "fast-check";
import { expect, it } from "vitest";
import { resizeArea } from "../../src/quality/resize-area.ts";

it("averages whole pixels and shares of pixels", () => {
  const row = Uint8ClampedArray.from([10, 20, 30]);
  expect([...resizeArea(row, { width: 3, height: 1 }, { width: 1, height: 1 }, 1)]).toEqual([20]);
  // Each target covers one and a half pixels: (10 + 20 / 2) / 1.5 and (20 / 2 + 30) / 1.5.
  expect([...resizeArea(row, { width: 3, height: 1 }, { width: 2, height: 1 }, 1)]).toEqual([13, 27]);
  expect([...resizeArea(row, { width: 3, height: 1 }, { width: 6, height: 1 }, 1)]).toEqual([10, 10, 20, 20, 30, 30]);
  const square = Uint8ClampedArray.from([0, 1, 1, 0]);
  expect([...resizeArea(square, { width: 2, height: 2 }, { width: 1, height: 1 }, 1)]).toEqual([1]);
});

it("keeps RGBA channels apart and writes into the buffer it is given", () => {
  const two = Uint8ClampedArray.from([10, 20, 30, 255, 30, 40, 50, 255]);
  const target = new Uint8ClampedArray(4);
  expect(resizeArea(two, { width: 2, height: 1 }, { width: 1, height: 1 }, 4, target)).toBe(target);
  expect([...target]).toEqual([20, 30, 40, 255]);
});

it("agrees with a sum over a common grid for any two sizes", () => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(side, side, side, side, fc.infiniteStream(fc.nat(255)), (width, height, toWidth, toHeight, stream) => {
      const pixels = Uint8ClampedArray.from({ length: width * height }, () => stream.next().value as number);
      const result = resizeArea(pixels, { width, height }, { width: toWidth, height: toHeight }, 1);
      for (let y = 0; y < toHeight; y++) {
        for (let x = 0; x < toWidth; x++) {
          let sum = 0;
          for (let v = y * height; v < (y + 1) * height; v++) {
            for (let u = x * width; u < (x + 1) * width; u++)
              sum += pixels[Math.floor(v / toHeight) * width + Math.floor(u / toWidth)]!;
          }
          expect(result[y * toWidth + x]).toBe(Math.floor(sum / (width * height) + 0.5));
        }
      }
    }),
    { numRuns: 300 },
  );
});

it("refuses sizes that do not fit", () => {
  expect(() => resizeArea(new Uint8ClampedArray(4), { width: 0, height: 1 }, { width: 1, height: 1 })).toThrow(
    /at least 1/,
  );
  expect(() => resizeArea(new Uint8ClampedArray(4), { width: 2, height: 1 }, { width: 1, height: 1 })).toThrow(
    /are not/,
  );
});
