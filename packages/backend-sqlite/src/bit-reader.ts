/** Ones that one look at the bits can count: a look sees 25 at least, wherever in a byte it begins. */
const SEEN_BITS = 25;

/** Reads what a `BitWriter` wrote. Throws a `RangeError` where the bits end too early. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  /** In bits. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#length = bytes.length * 8;
  }

  bits(count: number): number {
    if (count > 24) return this.bits(count - 24) * 2 ** 24 + this.bits(24);
    if (count === 0) return 0;
    const value = this.#next() >>> (32 - count);
    this.#at += count;
    if (this.#at > this.#length) throw new RangeError("the data ends too early");
    return value;
  }

  unary(): number {
    let value = 0;
    for (;;) {
      const ones = Math.clz32(~this.#next());
      if (ones < SEEN_BITS) {
        this.#at += ones + 1;
        if (this.#at > this.#length) throw new RangeError("the data ends too early");
        return value + ones;
      }
      value += SEEN_BITS;
      this.#at += SEEN_BITS;
    }
  }

  /**
   * What `unary` and then `bits(count)` would read, as `unary * 2^count + bits`, where one look sees all of it and the first is
   * less than `limit`; otherwise -1, and nothing is read.
   */
  unaryWithBits(count: number, limit: number): number {
    const next = this.#next();
    const ones = Math.clz32(~next);
    const length = ones + 1 + count;
    if (ones >= limit || length > SEEN_BITS) return -1;
    this.#at += length;
    if (this.#at > this.#length) throw new RangeError("the data ends too early");
    return count === 0 ? ones : (ones << count) + ((next << (ones + 1)) >>> (32 - count));
  }

  /** The bits that come next, the first of them the highest; zeros where there are no more. */
  #next(): number {
    const bytes = this.#bytes;
    const at = this.#at >>> 3;
    const word =
      at + 3 < bytes.length
        ? (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
        : lastBits(bytes, at);
    return word << (this.#at & 7);
  }
}

function lastBits(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (at + i < bytes.length ? bytes[at + i]! : 0);
  return word;
}
