/** Reads what a `BitWriter` wrote. Throws a `RangeError` where the bits end too early. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The lowest `#held` bits are those that come next. */
  #pending = 0;
  #held = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bits(count: number): number {
    if (count > 24) return this.bits(count - 24) * 2 ** 24 + this.bits(24);
    while (this.#held < count) this.#byte();
    this.#held -= count;
    const value = this.#pending >>> this.#held;
    this.#pending &= 2 ** this.#held - 1;
    return value;
  }

  unary(): number {
    let value = 0;
    for (;;) {
      if (this.#held === 0) this.#byte();
      // The pending bits at the top, ones below them: leading ones become leading zeros.
      const ones = Math.min(this.#held, Math.clz32(~(this.#pending << (32 - this.#held))));
      value += ones;
      if (ones < this.#held) {
        this.#held -= ones + 1;
        this.#pending &= 2 ** this.#held - 1;
        return value;
      }
      this.#held = 0;
      this.#pending = 0;
    }
  }

  #byte(): void {
    if (this.#at >= this.#bytes.length) throw new RangeError("the data ends too early");
    this.#pending = (this.#pending << 8) | this.#bytes[this.#at++]!;
    this.#held += 8;
  }
}
