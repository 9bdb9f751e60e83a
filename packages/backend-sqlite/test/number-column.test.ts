import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { readIntegers, writeIntegers } from "../src/integer-column.ts";
import { readNumbers, writeNumbers } from "../src/number-column.ts";

const bytesOf = (values: readonly number[]): Buffer => {
  const writer = new ByteWriter();
  writeNumbers(writer, values);
  return writer.take();
};

const back = (values: readonly number[]): number[] => {
  const reader = new ByteReader(bytesOf(values));
  const read = readNumbers(reader, values.length);
  expect(reader.remaining).toBe(0);
  return read;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("a column of numbers", () => {
  it("comes back to the bit, whatever doubles it holds", () => {
    const decimal = fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((whole) => whole / 1000);
    const column = fc.oneof(
      fc.array(fc.double()),
      fc.array(decimal),
      fc.array(decimal).map((values) => values.map((_, i) => sum(values.slice(0, i)))),
      fc.array(fc.integer({ min: -5, max: 5 })),
      fc.array(fc.maxSafeInteger()),
      fc.array(fc.constantFrom(0, -0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, Number.NaN, 0.1, 1e21)),
    );
    fc.assert(
      fc.property(column, (values) => {
        const read = back(values);
        expect(read.length).toBe(values.length);
        for (const [i, value] of values.entries()) expect(read[i]).toBe(value);
      }),
    );
  });

  it("takes next to nothing for a regular counter, with delta-of-delta", () => {
    expect(bytesOf(Array.from({ length: 360 }, (_, i) => 1000 + 17 * i)).length).toBeLessThan(40);
    expect(bytesOf(Array.from({ length: 360 }, () => 42)).length).toBeLessThan(12);
  });

  it("takes the digits that decimals have, and little more for their rounding errors", () => {
    const walk = Array.from({ length: 360 }, (_, i) => Math.round(2500 + 40 * Math.sin(i / 9)) / 100);
    expect(bytesOf(walk).length).toBeLessThan(300);
    const sums = walk.map((_, i) => sum(walk.slice(0, i + 1)));
    expect(bytesOf(sums).length).toBeLessThan(360 * 3.5);
    expect(sums.some((value) => Math.round(value * 100) / 100 !== value)).toBe(true);
  });

  it("takes the upper bytes of full doubles together", () => {
    const values = Array.from({ length: 360 }, (_, i) => Math.sqrt(2 + i));
    expect(bytesOf(values).length).toBeLessThan(360 * 7.5);
  });

  it("is refused when it is cut short", () => {
    const bytes = bytesOf(Array.from({ length: 100 }, (_, i) => Math.sqrt(i)));
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => readNumbers(new ByteReader(bytes.subarray(0, length)), 100)).toThrow(RangeError);
    }
  });
});

describe("a column of whole numbers", () => {
  it("comes back, whatever it holds below 2^48", () => {
    const whole = fc.integer({ min: -(2 ** 48 - 1), max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(fc.array(fc.oneof(whole, fc.integer({ min: -9, max: 9 }), fc.constant(7))), (values) => {
        const writer = new ByteWriter();
        writeIntegers(writer, values);
        expect(readIntegers(new ByteReader(writer.take()), values.length)).toEqual(values);
      }),
    );
  });
});
