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
/** Probabilities of more and more values in one bucket are added up until one is this small, but so many at most. */
const LEAST_TERM = 1 / 8;
const MOST_TERMS = 24;
/** Entries of the table that finds the place of a value. */
const GUIDES = 64;

/**
 * Memory of the one that is at work: there are some thousands of them in an hour of many timers, one after the other, and
 * their own would be garbage outside the heap that waits long for a collection.
 */
const scratch = { left: new Float64Array(0), before: new Float64Array(0), places: new Int32Array(0) };
const guide = new Int32Array(GUIDES);

function makeRoom(buckets: number, range: number): void {
  if (scratch.before.length < buckets) {
    scratch.left = new Float64Array(2 * buckets);
    scratch.before = new Float64Array(2 * buckets);
  }
  if (scratch.places.length < range) scratch.places = new Int32Array(2 * range);
}

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
 * Values are written in rising order, without the smallest and the largest of each sketch, which are known and taken out of the
 * distribution first. The next one lies in the bucket of the one before with the probability that a hypergeometric distribution
 * gives for one more value there. Otherwise, of `k` values that are left, the smallest lies in or above a bucket with the
 * probability (share of what is left of the distribution from there to the end)^k, where the share is that of the middle of `k`
 * draws, each of which leaves less. That gives each bucket its part of the code. Only arithmetic that is the same on every
 * machine: no powers by other means.
 *
 * The next one that is made takes the memory of this one: one is used to its end before another is begun.
 */
export class BucketDraws {
  readonly #indexes: ArrayLike<number>;
  /** What is left in each bucket, and in all before it. */
  readonly #left: Float64Array;
  readonly #before: Float64Array;
  readonly #places: Int32Array;
  /** By size of the expected counts, made when the first of them comes: few sketches have many. */
  readonly #coders: RiceCoder[] = [];
  /** The place at which each of equal parts of what is left begins, to find places fast; 0 as scale when it is out of date. */
  readonly #guide = guide;
  #guideScale = 0;
  /** Values that are taken out of `#left` and not yet of `#before`. */
  #missing = 0;
  /** Of the sketch at hand: places of its ends, the place of the value before and how many values have been seen there. */
  #first = 0;
  #last = 0;
  #from = 0;
  #seen = 0;
  /** Of the next value: how much is left beyond that place, how likely it lies there, and half the other values to come. */
  #above = 0;
  #beyond = 1;
  #others = 0;
  #low = 0;
  #high = 0;

  constructor({ indexes, counts }: Buckets) {
    this.#indexes = indexes;
    const range = indexes.length === 0 ? 0 : indexes[indexes.length - 1]! - indexes[0]! + 1;
    makeRoom(counts.length + 1, range);
    this.#left = scratch.left.subarray(0, counts.length);
    this.#left.set(counts);
    this.#before = scratch.before.subarray(0, counts.length + 1);
    this.#before[0] = 0;
    this.#places = scratch.places.subarray(0, range).fill(-1);
    for (let i = 0; i < indexes.length; i++) this.#places[indexes[i]! - indexes[0]!] = i;
    this.#sum();
  }

  /** Where a bucket stands in the distribution; -1 if it does not. */
  placeOf(index: number): number {
    return this.#places[index - this.#indexes[0]!] ?? -1;
  }

  /** Takes values that are known out of these buckets, before anything is drawn. Throws a `RangeError` where there are none. */
  leaveOut(indexes: Iterable<number>): void {
    for (const index of indexes) {
      const place = this.placeOf(index);
      if (!(this.#left[place]! >= 1)) throw new RangeError("a value has a bucket that its chunk has not");
      this.#left[place]!--;
    }
    this.#sum();
  }

  /** Writes a sketch with `count` values, whose smallest and largest are left out and whose others are in what is left. */
  write(encoder: RangeEncoder, bits: BitWriter, { indexes, counts }: Buckets, count: number): void {
    this.#first = this.placeOf(indexes[0]!);
    this.#last = this.placeOf(indexes[indexes.length - 1]!);
    if (this.#first < this.#last && this.#isDense(count)) this.#writeDense(bits, indexes, counts, count - 2);
    else if (this.#first < this.#last) this.#writeValues(encoder, indexes, counts, count - 2);
    for (let i = 0; i < indexes.length; i++) this.#left[this.placeOf(indexes[i]!)]! -= othersAt(counts, i);
    this.#gone(count - 2);
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
    if (count < 2) throw new RangeError("a sketch has fewer values than ends");
    const found: { indexes: number[]; counts: number[] } = { indexes: [], counts: [] };
    const take = (place: number, others: number): void => {
      const values = others + (place === this.#first ? 1 : 0) + (place === this.#last ? 1 : 0);
      if (values === 0) return;
      found.indexes.push(this.#indexes[place]!);
      found.counts.push(values);
      this.#left[place]! -= others;
      if (this.#left[place]! < 0) throw new RangeError("a sketch has more values than its chunk");
    };
    if (this.#first === this.#last) take(this.#first, count - 2);
    else if (this.#isDense(count)) this.#readDense(bits, count - 2, take);
    else this.#readValues(decoder, count - 2, take);
    this.#gone(count - 2);
    return found;
  }

  /** What is left, with these values that were left out. */
  rest(known: readonly number[]): { indexes: number[]; counts: number[] } {
    const left = this.#left.slice();
    for (const index of known) left[this.placeOf(index)]!++;
    const found: { indexes: number[]; counts: number[] } = { indexes: [], counts: [] };
    for (let place = 0; place < left.length; place++) {
      if (left[place] === 0) continue;
      found.indexes.push(this.#indexes[place]!);
      found.counts.push(left[place]!);
    }
    return found;
  }

  #isDense(count: number): boolean {
    return count > DENSE * (this.#last - this.#first + 1);
  }

  #writeValues(encoder: RangeEncoder, indexes: ArrayLike<number>, counts: ArrayLike<number>, count: number): void {
    this.#begin();
    let left = count;
    for (let at = 0; at < indexes.length; at++) {
      const place = this.placeOf(indexes[at]!);
      for (let more = othersAt(counts, at); more > 0; more--) {
        this.#look(left);
        const next = this.#partFrom(place + 1, left);
        encoder.encode(next, this.#partFrom(place, left) - next, LARGEST_TOTAL);
        this.#moveTo(place);
        left--;
      }
    }
  }

  #readValues(decoder: RangeDecoder, count: number, take: (place: number, values: number) => void): void {
    this.#begin();
    let place = this.#first;
    let values = 0;
    for (let left = count; left > 0; left--) {
      this.#look(left);
      const found = this.#find(decoder.peek(LARGEST_TOTAL), left);
      decoder.take(this.#low, this.#high - this.#low);
      if (found !== place) {
        take(place, values);
        [place, values] = [found, 0];
      }
      values++;
      this.#moveTo(place);
    }
    take(place, values);
    if (place !== this.#last) take(this.#last, 0);
  }

  /** The smallest value is known. */
  #begin(): void {
    this.#from = this.#first;
    this.#seen = 1;
  }

  /** The value at hand lies in `place`. */
  #moveTo(place: number): void {
    this.#seen = place === this.#from ? this.#seen + 1 : 1;
    this.#from = place;
  }

  /** Before the next of `values` values: how likely it lies beyond the place at hand, and how much is left there. */
  #look(values: number): void {
    const place = this.#from;
    const above = this.#before[this.#last + 1]! - this.#before[place + 1]!;
    const here = this.#left[place]! + (place === this.#first ? 1 : 0);
    // Of a hypergeometric distribution, from as many as have been seen on: each term by the one before it.
    let sum = 1;
    let term = 1;
    for (let more = 0; more < MOST_TERMS && term > LEAST_TERM; more++) {
      const seen = this.#seen + more;
      if (seen >= here || more >= values) break;
      term *= ((here - seen) * (values - more)) / ((seen + 1) * Math.max(1, above - values + 1 + more));
      sum += term;
    }
    this.#above = above;
    this.#others = (values - 1) / 2;
    this.#beyond = 1 / sum;
  }

  /** Where in the code the places from `place` on begin, seen from the end: every place has a part, if a small one. */
  #partFrom(place: number, values: number): number {
    if (place > this.#last) return 0;
    if (place === this.#from) return LARGEST_TOTAL;
    const places = this.#last + 1 - this.#from;
    const rest = this.#above - this.#others;
    const inOrAbove = this.#before[this.#last + 1]! - this.#before[place]! - this.#others;
    const share = rest > 0 ? Math.max(0, inOrAbove) / rest : 0;
    return Math.floor(this.#beyond * power(share, values) * (LARGEST_TOTAL - places)) + this.#last + 1 - place;
  }

  /** The place whose part of the code holds `target`; `#low` and `#high` are where that part begins and ends. */
  #find(target: number, values: number): number {
    const next = this.#partFrom(this.#from + 1, values);
    if (target >= next) {
      this.#low = next;
      this.#high = LARGEST_TOTAL;
      return this.#from;
    }
    if (this.#guideScale === 0) this.#layGuide();
    // A guess, which is then put right.
    const before = this.#before;
    const root = rootGuess(Math.min(LARGEST_TOTAL - 1, target / this.#beyond), values);
    const wanted = before[this.#last + 1]! - this.#others - root * (this.#above - this.#others);
    let place = Math.max(
      this.#from + 1,
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
      const values = this.placeOf(indexes[at]!) === place ? othersAt(counts, at++) : 0;
      const expected = above > 0 ? Math.round((left * this.#left[place]!) / above) : 0;
      const more = values - expected;
      this.#coder(sizeOf(expected)).write(bits, more < 0 ? -2 * more - 1 : 2 * more);
      left -= values;
      above -= this.#left[place]!;
    }
  }

  #readDense(bits: BitReader, count: number, take: (place: number, values: number) => void): void {
    let [left, above] = [count, this.#before[this.#last + 1]! - this.#before[this.#first]!];
    for (let place = this.#first; place < this.#last; place++) {
      const inPlace = this.#left[place]!;
      const expected = above > 0 ? Math.round((left * inPlace) / above) : 0;
      const coded = this.#coder(sizeOf(expected)).read(bits);
      const values = expected + (coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2);
      if (!(values >= 0 && values <= left)) throw new RangeError(`${values} of ${left} values in a bucket`);
      take(place, values);
      left -= values;
      above -= inPlace;
    }
    take(this.#last, left);
  }

  /** Expected counts of about one size share a coder. */
  #coder(size: number): RiceCoder {
    let coder = this.#coders[size];
    if (coder === undefined) {
      coder = new RiceCoder(size >> 1);
      this.#coders[size] = coder;
    }
    return coder;
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

/** How many values a bucket holds besides the smallest and the largest of all. */
function othersAt(counts: ArrayLike<number>, at: number): number {
  return counts[at]! - (at === 0 ? 1 : 0) - (at === counts.length - 1 ? 1 : 0);
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
