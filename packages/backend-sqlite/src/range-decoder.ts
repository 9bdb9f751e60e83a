import { LEAST_RANGE, MOST_MISSING, PIECE_BITS, UNIT, WHOLE_RANGE } from "./range-encoder.ts";

/** Reads what a `RangeEncoder` wrote. Throws a `RangeError` where the bytes end too early or make no sense. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** How far the coded number lies above the low end of the range. */
  #code = 0;
  #range = WHOLE_RANGE;
  #unit = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 3; i++) this.#code = this.#code * UNIT + this.#next();
  }

  /** Where in `total` the next symbol lies; to be followed by `take` with the part that holds it. */
  peek(total: number): number {
    this.#unit = Math.floor(this.#range / total);
    const place = Math.floor(this.#code / this.#unit);
    if (place >= total) throw new RangeError("a symbol lies beyond its range");
    return place;
  }

  /** Steps over the symbol that has the part from `start`, `size` long, of what `peek` was asked for. */
  take(start: number, size: number): void {
    this.#code -= this.#unit * start;
    this.#range = this.#unit * size;
    while (this.#range < LEAST_RANGE) {
      this.#code = this.#code * UNIT + this.#next();
      this.#range *= UNIT;
    }
  }

  bits(count: number): number {
    if (count > PIECE_BITS) return this.bits(count - PIECE_BITS) * UNIT + this.bits(PIECE_BITS);
    const total = 2 ** count;
    const value = this.peek(total);
    this.take(value, 1);
    return value;
  }

  #next(): number {
    const [high, low] = [this.#bytes[this.#at] ?? 0, this.#bytes[this.#at + 1] ?? 0];
    this.#at += 2;
    if (this.#at > this.#bytes.length + MOST_MISSING) throw new RangeError("the data ends too early");
    return high * 256 + low;
  }
}
