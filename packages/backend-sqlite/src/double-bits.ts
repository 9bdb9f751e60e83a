/**
 * Doubles as whole numbers: neighbouring doubles of one sign are neighbouring numbers. As two 32-bit halves, because a
 * number holds 53 bits only.
 */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const HIGH: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOW: 0 | 1 = HIGH === 1 ? 0 : 1;

/** Upper half of a double's 64 bits. */
export function highBits(value: number): number {
  double[0] = value;
  return halves[HIGH]!;
}

/** Lower half of a double's 64 bits. */
export function lowBits(value: number): number {
  double[0] = value;
  return halves[LOW]!;
}

/** The double with these halves. */
export function fromBits(high: number, low: number): number {
  halves[HIGH] = high;
  halves[LOW] = low;
  return double[0]!;
}

/** How many doubles `value` lies above `base`; exact if that is fewer than 2^53. */
export function stepsBetween(base: number, value: number): number {
  return (highBits(value) - highBits(base)) * 2 ** 32 + (lowBits(value) - lowBits(base));
}

/** The double that lies `steps` above `base`. */
export function stepped(base: number, steps: number): number {
  const low = lowBits(base) + steps;
  const carry = Math.floor(low / 2 ** 32);
  return fromBits((highBits(base) + carry) >>> 0, low - carry * 2 ** 32);
}
