import type { BitReader } from "./bit-reader.ts";
import type { BitWriter } from "./bit-writer.ts";

const POWERS = Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);
/** A quotient from here on is written out in full behind this many one bits. */
const ESCAPE = 20;
/** Bits that say how long a number is that is written in full: up to 53. */
const LENGTH_BITS = 6;
/** Numbers after which the older ones weigh half. */
const MEMORY = 32;

/**
 * Writes whole numbers from 0 to 2^53 - 1 whose size changes slowly, each as a quotient by a power of two (in unary) and a
 * remainder. The power follows the mean of the numbers before, as in JPEG-LS (ITU-T T.87, A.5.1), so none is stored. With
 * numbers of a geometric distribution that takes within half a bit of their entropy.
 */
export class RiceCoder {
  #shift: number;
  #sum: number;
  #seen = 1;

  /** @param shift the power of two to begin with. */
  constructor(shift: number) {
    this.#shift = shift;
    this.#sum = POWERS[shift]!;
  }

  /** Bits that the next number would take, and goes on as if it had been written. */
  cost(value: number): number {
    const shift = this.#shift;
    const quotient = Math.floor(value / POWERS[shift]!);
    this.#adapt(value);
    return quotient < ESCAPE ? quotient + 1 + shift : ESCAPE + 1 + LENGTH_BITS + lengthOf(value);
  }

  write(writer: BitWriter, value: number): void {
    const shift = this.#shift;
    const quotient = Math.floor(value / POWERS[shift]!);
    if (quotient < ESCAPE) {
      writer.unary(quotient);
      writer.bits(value - quotient * POWERS[shift]!, shift);
    } else {
      const length = lengthOf(value);
      writer.unary(ESCAPE);
      writer.bits(length, LENGTH_BITS);
      writer.bits(value, length);
    }
    this.#adapt(value);
  }

  read(reader: BitReader): number {
    const shift = this.#shift;
    // Nearly all are seen in one look.
    const short = reader.unaryWithBits(shift, ESCAPE);
    if (short >= 0) {
      this.#adapt(short);
      return short;
    }
    const quotient = reader.unary();
    if (quotient > ESCAPE) throw new RangeError("a number is too long");
    const value =
      quotient < ESCAPE
        ? quotient * POWERS[shift]! + reader.bits(shift)
        : reader.bits(lengthIn(reader.bits(LENGTH_BITS)));
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    this.#adapt(value);
    return value;
  }

  #adapt(value: number): void {
    this.#sum += value;
    if (++this.#seen === MEMORY) {
      this.#sum /= 2;
      this.#seen /= 2;
    }
    const [seen, sum] = [this.#seen, this.#sum];
    let shift = this.#shift;
    let most = seen * POWERS[shift]!;
    if (most < sum) {
      for (; shift < 52 && most < sum; shift++) most *= 2;
      this.#shift = shift;
    } else if (shift > 0 && most >= 2 * sum) {
      for (; shift > 0 && most >= 2 * sum; shift--) most /= 2;
      this.#shift = shift;
    }
  }
}

function lengthOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 32 + lengthOf(Math.floor(value / 2 ** 32));
}

function lengthIn(length: number): number {
  if (length > 53) throw new RangeError("a number is too long");
  return length;
}
