const MAX_KEYS = 32_768;
const FIRST_CAPACITY = 1024;
/** At this rate the oldest keys are forgotten, whatever the horizon. */
const LEAST_RATE = 1 / 1024;

export interface ReuseDistanceOptions {
  /** How far back to look: what was used longer ago may be forgotten, and is then new. The largest size of interest. */
  readonly horizonBytes: number;
  /** Keys followed at a time, at least 16. Default 32768, which take about 5 MB. */
  readonly maxKeys?: number;
}

interface Followed {
  /** Place in the order of use: a later use has a larger one. */
  slot: number;
  /** 0 until the cache says what the entry takes. */
  bytes: number;
}

/**
 * How large a cache would have to be for a look-up to find its entry: the bytes of all distinct entries used since the
 * key's last use, itself included (Mattson's stack distance, in bytes). With `lru` a look-up hits exactly when its
 * distance is at most the limit, so the distribution of distances gives the hit rate at any size; with entries of
 * different sizes, nearly so. Evicted keys stay known.
 *
 * A: 10 MB, B: 20 MB, look-ups A B B A: first use, first use, 20 MB, 30 MB. So 20 MB give 1 hit in 4, 30 MB give 2.
 *
 * All keys are followed while there are few. When they become too many within the horizon, every second one (by its hash,
 * as SHARDS does) is given up, again and again: then each look-up that is followed stands for `weight` look-ups, and what
 * lies between two uses is scaled up. A look-up costs O(log n), about 0.25 us.
 */
export class ReuseDistance {
  readonly #horizonBytes: number;
  readonly #maxKeys: number;
  readonly #followed = new Map<string, Followed>();
  #rate = 1;
  /** Keys by slot; the slots of earlier uses are empty. Slot 0 is not used. */
  #keys: (string | undefined)[] = [undefined];
  /** A Fenwick tree of the bytes by slot. */
  #sums = new Float64Array(FIRST_CAPACITY + 1);
  #totalBytes = 0;
  #oldestSlot = 1;

  /** @throws RangeError for a horizon that is not above 0, or for fewer than 16 keys */
  constructor({ horizonBytes, maxKeys = MAX_KEYS }: ReuseDistanceOptions) {
    if (!(horizonBytes > 0)) throw new RangeError(`horizonBytes must be above 0, got ${horizonBytes}`);
    if (!(Number.isInteger(maxKeys) && maxKeys >= 16)) {
      throw new RangeError(`maxKeys must be a whole number of at least 16, got ${maxKeys}`);
    }
    this.#horizonBytes = horizonBytes;
    this.#maxKeys = maxKeys;
  }

  /** How many look-ups one that is followed stands for: 1, 2, 4 ... 1024. */
  get weight(): number {
    return 1 / this.#rate;
  }

  /**
   * Notes a look-up. Returns its distance in bytes, `Infinity` for a key that is new, beyond the horizon or was never
   * kept, and `undefined` for a key that is not followed.
   */
  lookUp(key: string): number | undefined {
    if (this.#rate < 1 && hashShare(key) >= this.#rate) return undefined;
    let entry = this.#followed.get(key);
    let distance = Number.POSITIVE_INFINITY;
    if (entry === undefined) {
      if (this.#followed.size >= this.#maxKeys) {
        this.#makeRoom();
        if (hashShare(key) >= this.#rate) return undefined;
      }
      entry = { slot: 0, bytes: 0 };
      this.#followed.set(key, entry);
    } else {
      if (entry.bytes > 0) distance = (this.#totalBytes - this.#sumTo(entry.slot)) / this.#rate + entry.bytes;
      this.#vacate(entry);
    }
    if (this.#keys.length >= this.#sums.length) this.#compact();
    entry.slot = this.#keys.length;
    this.#keys.push(key);
    this.#add(entry.slot, entry.bytes);
    return distance;
  }

  /** Says how many bytes the entry of a key takes, when it is kept (or refused for its size). */
  weigh(key: string, bytes: number): void {
    const entry = this.#followed.get(key);
    if (entry === undefined) return;
    this.#add(entry.slot, bytes - entry.bytes);
    entry.bytes = bytes;
  }

  /** Forgets a key: its next look-up misses at any size, as the entry is no longer valid. */
  forget(key: string): void {
    const entry = this.#followed.get(key);
    if (entry === undefined) return;
    this.#vacate(entry);
    this.#followed.delete(key);
  }

  /** Forgets all keys. */
  clear(): void {
    this.#followed.clear();
    this.#keys = [undefined];
    this.#sums = new Float64Array(FIRST_CAPACITY + 1);
    this.#totalBytes = 0;
    this.#oldestSlot = 1;
    this.#rate = 1;
  }

  /** Gives up the key used longest ago when it is beyond the horizon, else every second key. */
  #makeRoom(): void {
    while (this.#keys[this.#oldestSlot] === undefined) this.#oldestSlot++;
    if (this.#totalBytes / this.#rate > this.#horizonBytes || this.#rate <= LEAST_RATE) {
      this.forget(this.#keys[this.#oldestSlot]!);
      return;
    }
    this.#rate /= 2;
    for (const key of [...this.#followed.keys()]) if (hashShare(key) >= this.#rate) this.forget(key);
    if (this.#followed.size >= this.#maxKeys) this.#makeRoom();
  }

  #vacate({ slot, bytes }: Followed): void {
    this.#add(slot, -bytes);
    this.#keys[slot] = undefined;
  }

  /** Renumbers the keys from 1 in their order: once in as many look-ups as there are keys, or fewer times. */
  #compact(): void {
    const keys = this.#keys.filter((key) => key !== undefined);
    const capacity = Math.max(FIRST_CAPACITY, 2 * keys.length);
    this.#keys = [undefined, ...keys];
    this.#sums = new Float64Array(capacity + 1);
    this.#totalBytes = 0;
    this.#oldestSlot = 1;
    for (const [index, key] of keys.entries()) {
      const entry = this.#followed.get(key)!;
      entry.slot = index + 1;
      this.#add(entry.slot, entry.bytes);
    }
  }

  #add(slot: number, bytes: number): void {
    this.#totalBytes += bytes;
    for (let at = slot; at < this.#sums.length; at += at & -at) this.#sums[at]! += bytes;
  }

  #sumTo(slot: number): number {
    let sum = 0;
    for (let at = slot; at > 0; at -= at & -at) sum += this.#sums[at]!;
    return sum;
  }
}

/** A key's place in 0 to below 1, evenly spread: FNV-1a, then MurmurHash3's last mixing step. */
function hashShare(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
