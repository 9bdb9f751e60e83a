/** Largest sum of sizes that `encode` takes. */
export const LARGEST_TOTAL: number = 2 ** 20;
/** The state holds 48 bits in a double; below 32 bits of range the upper 16 bits are final and go out. */
export const WHOLE_RANGE: number = 2 ** 48;
export const LEAST_RANGE: number = 2 ** 32;
export const UNIT: number = 2 ** 16;
/** Bits of a number that are written at a time. */
export const PIECE_BITS = 16;
/** Zero bytes that an encoder leaves out at the end; where more are missing, the data has been cut off. */
export const MOST_MISSING = 12;

/**
 * Range coding (G. N. N. Martin, 1979): each symbol takes `log2(total / size)` bits, fractions of a bit included. All
 * arithmetic is on whole numbers below 2^53, so that every machine does the same.
 */
export class RangeEncoder {
  #bytes: Uint8Array = new Uint8Array(4096);
  #length = 0;
  #low = 0;
  #range = WHOLE_RANGE;

  /** A symbol that has the part from `start`, `size` long, of `total` (at most 2^20). About 15 ns. */
  encode(start: number, size: number, total: number): void {
    const unit = Math.floor(this.#range / total);
    this.#low += unit * start;
    this.#range = unit * size;
    while (this.#range < LEAST_RANGE) this.#shift();
  }

  /** The low `count` bits of a whole number from 0 to 2^53 - 1. */
  bits(value: number, count: number): void {
    if (count > PIECE_BITS) {
      const high = Math.floor(value / UNIT);
      this.bits(high, count - PIECE_BITS);
      this.bits(value - high * UNIT, PIECE_BITS);
      return;
    }
    this.encode(value, 1, 2 ** count);
  }

  /** What was written, and an empty encoder again. A few zero bytes at the end are left out: the decoder supplies them. */
  take(): Uint8Array {
    // Of the numbers that are left, one with as few bytes as possible.
    for (const step of [2 ** 40, 2 ** 32, 2 ** 24, 2 ** 16, 1]) {
      const rounded = Math.ceil(this.#low / step) * step;
      if (rounded >= this.#low + this.#range) continue;
      this.#low = rounded;
      break;
    }
    for (let i = 0; i < 3; i++) this.#shift();
    let length = this.#length;
    const least = Math.max(0, length - MOST_MISSING);
    while (length > least && this.#bytes[length - 1] === 0) length--;
    const taken = this.#bytes.slice(0, length);
    this.#length = 0;
    this.#low = 0;
    this.#range = WHOLE_RANGE;
    return taken;
  }

  #shift(): void {
    let upper = Math.floor(this.#low / LEAST_RANGE);
    this.#low = (this.#low - upper * LEAST_RANGE) * UNIT;
    this.#range *= UNIT;
    if (upper >= UNIT) {
      upper -= UNIT;
      let at = this.#length - 1;
      while (this.#bytes[at] === 0xff) this.#bytes[at--] = 0;
      this.#bytes[at]!++;
    }
    if (this.#length + 2 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = upper >>> 8;
    this.#bytes[this.#length++] = upper & 0xff;
  }
}
