/** Appends numbers of a few bits each to a growing buffer, the highest bit first. */
export class BitWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;
  /** Bits that do not fill a byte yet, fewer than 8. */
  #pending = 0;
  #held = 0;

  /** The low `count` bits of a whole number from 0 to 2^53 - 1. */
  bits(value: number, count: number): void {
    if (count > 24) {
      const high = Math.floor(value / 2 ** 24);
      this.bits(high, count - 24);
      this.bits(value - high * 2 ** 24, 24);
      return;
    }
    if (this.#length + 4 > this.#bytes.length) this.#grow();
    let held = this.#held + count;
    let pending = (this.#pending << count) | value;
    while (held >= 8) {
      held -= 8;
      this.#bytes[this.#length++] = pending >>> held;
      pending &= (1 << held) - 1;
    }
    this.#held = held;
    this.#pending = pending;
  }

  /** A number as that many one bits and a zero bit. */
  unary(value: number): void {
    let rest = value;
    for (; rest >= 16; rest -= 16) this.bits(0xffff, 16);
    this.bits(2 ** (rest + 1) - 2, rest + 1);
  }

  /** What was written, filled up with zero bits to whole bytes, and an empty writer again. */
  take(): Uint8Array {
    if (this.#held > 0) this.bits(0, 8 - this.#held);
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
