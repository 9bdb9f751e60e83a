import type { BitReader } from "./bit-reader.ts";
import type { BitWriter } from "./bit-writer.ts";
import type { RangeDecoder } from "./range-decoder.ts";
import { LARGEST_TOTAL, type RangeEncoder } from "./range-encoder.ts";
import { RiceCoder } from "./rice-coder.ts";
import { rootGuess } from "./root-guess.ts";

/**
 * A sketch with more values a bucket than this is written bucket by bucket, others value by value. The former in whole bits
 * apart from the code: they are read ten times as fast, and sketches of an hour have thousands of values.
 */
const DENSE = 4;
/** What is left is summed up anew when this share of it has gone: more often changes little, and takes time. */
const RENEWED_SHARE = 1 / 16;
/** Entries of the table that finds the place of a value. */
const GUIDES = 64;
/** Expected counts of about one size share a coder. */
const SIZES = 33;

/** Numbers of buckets, rising, and how many values each holds, none of them 0. */
export interface Buckets {
  readonly indexes: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/**
 * The buckets of sketches, one after the other, as what they are: values drawn from the distribution of all of them, which
 * both sides know, without putting them back. They take about their entropy (15 log-normal values 7 bytes), and the last
 * one nothing. Where a sketch begins and ends, and how many values it has, is known already.
 *
 * Values are written in rising order. Of `k` values that are left the smallest lies in or above a bucket with the
 * probability (share of what is left of the distribution from there to the end)^k, which gives each bucket its part of the
 * code. Multiplications only: a power by other means is not the same on every machine.
 */
export class BucketDraws {
  readonly #indexes: ArrayLike<number>;
  /** What is left in each bucket, and in all before it. */
  readonly #left: Float64Array;
  readonly #before: Float64Array;
  readonly #places: Int32Array;
  readonly #coders: RiceCoder[] = Array.from({ length: SIZES }, (_, size) => new RiceCoder(size >> 1));
  /** The place at which each of equal parts of what is left begins, to find places fast; 0 as scale when it is out of date. */
  readonly #guide = new Int32Array(GUIDES);
  #guideScale = 0;
  /** Values that are taken out of `#left` and not yet of `#before`. */
  #missing = 0;
  /** Of the sketch at hand: places of its ends, and the place and the values in or above it that the next is one of. */
  #first = 0;
  #last = 0;
  #from = 0;
  #above = 0;
  #low = 0;
  #high = 0;

  constructor({ indexes, counts }: Buckets) {
    this.#indexes = indexes;
    this.#left = Float64Array.from(counts);
    this.#before = new Float64Array(counts.length + 1);
    this.#places = new Int32Array(indexes.length === 0 ? 0 : indexes[indexes.length - 1]! - indexes[0]! + 1).fill(-1);
    for (let i = 0; i < indexes.length; i++) this.#places[indexes[i]! - indexes[0]!] = i;
    this.#sum();
  }

  /** Where a bucket stands in the distribution; -1 if it does not. */
  placeOf(index: number): number {
    return this.#places[index - this.#indexes[0]!] ?? -1;
  }

  /** Takes one value out of each of these buckets, before anything is drawn. Throws a `RangeError` where there is none. */
  leaveOut(indexes: readonly number[]): void {
    for (const index of indexes) {
      const place = this.placeOf(index);
      if (!(this.#left[place]! >= 1)) throw new RangeError("a value has a bucket that its chunk has not");
      this.#left[place]!--;
    }
    if (indexes.length > 0) this.#sum();
  }

  /** Writes a sketch with `count` values, each of whose buckets must be in what is left. */
  write(encoder: RangeEncoder, bits: BitWriter, { indexes, counts }: Buckets, count: number): void {
    this.#first = this.placeOf(indexes[0]!);
    this.#last = this.placeOf(indexes[indexes.length - 1]!);
    if (this.#isDense(count)) this.#writeDense(bits, indexes, counts, count);
    else this.#writeValues(encoder, indexes, counts, count);
    for (let i = 0; i < indexes.length; i++) this.#left[this.placeOf(indexes[i]!)]! -= counts[i]!;
    this.#gone(count);
  }

  /** Reads a sketch with `count` values from bucket number `low` to `high`. Throws a `RangeError` for bytes that make no sense. */
  read(
    decoder: RangeDecoder,
    bits: BitReader,
    low: number,
    high: number,
    count: number,
  ): { indexes: number[]; counts: number[] } {
    this.#first = this.placeOf(low);
    this.#last = this.placeOf(high);
    if (this.#first < 0 || this.#last < this.#first)
      throw new RangeError("a sketch has buckets that its chunk has not");
    const found: { indexes: number[]; counts: number[] } = { indexes: [], counts: [] };
    const take = (place: number, values: number): void => {
      if (values === 0) return;
      found.indexes.push(this.#indexes[place]!);
      found.counts.push(values);
      this.#left[place]! -= values;
      if (this.#left[place]! < 0) throw new RangeError("a sketch has more values than its chunk");
    };
    if (this.#isDense(count)) this.#readDense(bits, count, take);
    else this.#readValues(decoder, count, take);
    this.#gone(count);
    return found;
  }

  #isDense(count: number): boolean {
    return this.#first < this.#last && count > DENSE * (this.#last - this.#first + 1);
  }

  #writeValues(encoder: RangeEncoder, indexes: ArrayLike<number>, counts: ArrayLike<number>, count: number): void {
    if (this.#first === this.#last) return;
    this.#moveTo(this.#first);
    let at = 0;
    let place = this.#first;
    let more = counts[0]! - 1;
    for (let left = count - 2; left > 0; left--) {
      while (more === 0) {
        place = this.placeOf(indexes[++at]!);
        more = counts[at]!;
      }
      more--;
      const next = this.#partFrom(place + 1, left);
      encoder.encode(next, this.#partFrom(place, left) - next, LARGEST_TOTAL);
      this.#moveTo(place);
    }
  }

  #readValues(decoder: RangeDecoder, count: number, take: (place: number, values: number) => void): void {
    if (this.#first === this.#last) {
      take(this.#first, count);
      return;
    }
    if (count < 2) throw new RangeError("one value lies in two buckets");
    this.#moveTo(this.#first);
    let place = this.#first;
    let values = 1;
    for (let left = count - 2; left > 0; left--) {
      const found = this.#find(decoder.peek(LARGEST_TOTAL), left);
      decoder.take(this.#low, this.#high - this.#low);
      if (found !== place) {
        take(place, values);
        [place, values] = [found, 0];
      }
      values++;
      this.#moveTo(place);
    }
    if (place !== this.#last) {
      take(place, values);
      values = 0;
    }
    take(this.#last, values + 1);
  }

  #moveTo(place: number): void {
    this.#from = place;
    this.#above = this.#inOrAbove(place);
  }

  /** How much is left from a place up to the last one, without the two values that are known. */
  #inOrAbove(place: number): number {
    return this.#before[this.#last + 1]! - this.#before[place]! - (place === this.#first ? 2 : 1);
  }

  /** Where in the code the places from `place` on begin, seen from the end: every place has a part, if a small one. */
  #partFrom(place: number, values: number): number {
    if (place > this.#last) return 0;
    if (place === this.#from) return LARGEST_TOTAL;
    const places = this.#last + 1 - this.#from;
    const share = this.#above > 0 ? Math.max(0, this.#inOrAbove(place)) / this.#above : 0;
    return Math.floor(power(share, values) * (LARGEST_TOTAL - places)) + this.#last + 1 - place;
  }

  /** The place whose part of the code holds `target`; `#low` and `#high` are where that part begins and ends. */
  #find(target: number, values: number): number {
    if (this.#guideScale === 0) this.#layGuide();
    // A guess, which is then put right.
    const before = this.#before;
    const wanted = before[this.#last + 1]! - 1 - rootGuess(target, values) * this.#above;
    let place = Math.max(
      this.#from,
      this.#guide[Math.min(GUIDES - 1, Math.max(0, Math.floor(wanted * this.#guideScale)))]!,
    );
    while (place < this.#last && before[place + 1]! <= wanted) place++;
    let [low, high] = [this.#partFrom(place + 1, values), this.#partFrom(place, values)];
    while (high <= target && place > this.#from) [low, high] = [high, this.#partFrom(--place, values)];
    while (low > target && place < this.#last) [low, high] = [this.#partFrom(++place + 1, values), low];
    this.#low = low;
    this.#high = high;
    return place;
  }

  #writeDense(bits: BitWriter, indexes: ArrayLike<number>, counts: ArrayLike<number>, count: number): void {
    let [at, left, above] = [0, count, this.#before[this.#last + 1]! - this.#before[this.#first]!];
    for (let place = this.#first; place < this.#last; place++) {
      const values = this.placeOf(indexes[at]!) === place ? counts[at++]! : 0;
      const expected = above > 0 ? Math.round((left * this.#left[place]!) / above) : 0;
      const more = values - expected;
      this.#coders[sizeOf(expected)]!.write(bits, more < 0 ? -2 * more - 1 : 2 * more);
      left -= values;
      above -= this.#left[place]!;
    }
  }

  #readDense(bits: BitReader, count: number, take: (place: number, values: number) => void): void {
    let [left, above] = [count, this.#before[this.#last + 1]! - this.#before[this.#first]!];
    for (let place = this.#first; place < this.#last; place++) {
      const inPlace = this.#left[place]!;
      const expected = above > 0 ? Math.round((left * inPlace) / above) : 0;
      const coded = this.#coders[sizeOf(expected)]!.read(bits);
      const values = expected + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2);
      if (!(values >= 0 && values <= left)) throw new RangeError(`${values} of ${left} values in a bucket`);
      take(place, values);
      left -= values;
      above -= inPlace;
    }
    take(this.#last, left);
  }

  #gone(values: number): void {
    this.#missing += values;
    if (this.#missing >= RENEWED_SHARE * this.#before[this.#left.length]!) this.#sum();
  }

  #sum(): void {
    const [left, before] = [this.#left, this.#before];
    let sum = 0;
    for (let i = 0; i < left.length; i++) {
      sum += left[i]!;
      before[i + 1] = sum;
    }
    this.#missing = 0;
    this.#guideScale = 0;
  }

  #layGuide(): void {
    const before = this.#before;
    const last = before.length - 2;
    const scale = GUIDES / before[last + 1]!;
    let place = 0;
    for (let guide = 0; guide < GUIDES; guide++) {
      while (place < last && before[place + 1]! * scale <= guide) place++;
      this.#guide[guide] = place;
    }
    this.#guideScale = scale;
  }
}

function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Binary digits of an expected count. */
function sizeOf(expected: number): number {
  return 32 - Math.clz32(Math.min(expected, 0xffffffff));
}
