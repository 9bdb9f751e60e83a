import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RangeDecoder } from "../src/range-decoder.ts";
import { LARGEST_TOTAL, RangeEncoder } from "../src/range-encoder.ts";

/** A symbol that has a part of a total. */
const part = fc
  .record({ total: fc.integer({ min: 1, max: LARGEST_TOTAL }), at: fc.nat(), size: fc.nat() })
  .map(({ total, at, size }) => {
    const start = at % total;
    return { start, size: 1 + (size % (total - start)), total };
  });
const number = fc.integer({ min: 0, max: 53 }).chain((count) =>
  fc.record({
    value: fc.maxSafeInteger().map((value) => Math.abs(value) % 2 ** Math.max(1, count)),
    count: fc.constant(Math.max(1, count)),
  }),
);

describe("the range coder", () => {
  it("gives symbols and bits back in their order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(part, number)), (given) => {
        const encoder = new RangeEncoder();
        for (const one of given) {
          if ("total" in one) encoder.encode(one.start, one.size, one.total);
          else encoder.bits(one.value, one.count);
        }
        const decoder = new RangeDecoder(encoder.take());
        for (const one of given) {
          if ("total" in one) {
            const place = decoder.peek(one.total);
            expect(place >= one.start && place < one.start + one.size).toBe(true);
            decoder.take(one.start, one.size);
          } else expect(decoder.bits(one.count)).toBe(one.value);
        }
      }),
    );
  });

  it("carries into bytes that are written already", () => {
    const encoder = new RangeEncoder();
    // Close below the middle for long, then above it.
    for (let i = 0; i < 3; i++) encoder.encode(2 ** 19 - 1, 2, 2 ** 20);
    encoder.encode(1, 1, 2);
    const decoder = new RangeDecoder(encoder.take());
    for (let i = 0; i < 3; i++) {
      expect([2 ** 19 - 1, 2 ** 19]).toContain(decoder.peek(2 ** 20));
      decoder.take(2 ** 19 - 1, 2);
    }
    expect(decoder.peek(2)).toBe(1);
  });

  it("takes fractions of a bit for what is likely, and nothing for what is certain", () => {
    const encoder = new RangeEncoder();
    for (let i = 0; i < 10_000; i++) encoder.encode(0, 1023, 1024);
    for (let i = 0; i < 10_000; i++) encoder.encode(0, 7, 7);
    // 10,000 times log2(1024 / 1023) are 14.1 bits.
    expect(encoder.take().length).toBeLessThanOrEqual(4);
  });

  it("gives back a long row of zeros", () => {
    for (let symbols = 0; symbols < 300; symbols++) {
      const encoder = new RangeEncoder();
      for (let i = 0; i < symbols; i++) encoder.encode(0, 1, 3);
      const decoder = new RangeDecoder(encoder.take());
      for (let i = 0; i < symbols; i++) {
        expect(decoder.peek(3)).toBe(0);
        decoder.take(0, 1);
      }
    }
  });

  it("refuses to read on far behind its end", () => {
    const decoder = new RangeDecoder(new Uint8Array(10));
    expect(() => {
      for (let i = 0; i < 30; i++) decoder.bits(16);
    }).toThrow("the data ends too early");
  });
});
