/** The part of a stream of bytes that has come and is not used up yet, in one piece. */
export class ByteWindow {
  #bytes = new Uint8Array(0);
  #at = 0;
  #passed = 0;
  /** True when no more bytes will come. */
  ended = false;

  get available(): number {
    return this.#bytes.length - this.#at;
  }

  /** Position of the next byte in the stream. */
  get position(): number {
    return this.#passed + this.#at;
  }

  /** The bytes that are there, from the next one on; to be used before more come. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** A byte `ahead` of the next one, which must be there. */
  byte(ahead = 0): number {
    return this.#bytes[this.#at + ahead]!;
  }

  /** Passes over bytes, as many of them as there are. */
  skip(count: number): void {
    this.#at = Math.min(this.#at + count, this.#bytes.length);
  }

  /** Hands the next `count` bytes, or those there are, to `use` without copying them, and passes over them. */
  take(count: number, use: (bytes: Uint8Array, from: number, end: number) => void): void {
    const end = Math.min(this.#at + count, this.#bytes.length);
    use(this.#bytes, this.#at, end);
    this.#at = end;
  }

  /** Copies what is left, before whoever gave it may write over it. */
  release(): void {
    this.#passed += this.#at;
    this.#bytes = this.#bytes.slice(this.#at);
    this.#at = 0;
  }

  append(chunk: Uint8Array): void {
    if (this.available === 0) {
      this.#passed += this.#at;
      this.#bytes = chunk as Uint8Array<ArrayBuffer>;
    } else {
      const joined = new Uint8Array(this.available + chunk.length);
      joined.set(this.rest);
      joined.set(chunk, this.available);
      this.#passed += this.#at;
      this.#bytes = joined;
    }
    this.#at = 0;
  }
}
