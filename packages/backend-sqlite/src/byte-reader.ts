/** Reads what a `ByteWriter` wrote. Throws a `RangeError` where the bytes end too early or make no sense. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** All bytes, those that were read too. */
  get all(): Uint8Array {
    return this.#bytes;
  }

  /** Which of them comes next. */
  get position(): number {
    return this.#at;
  }

  set position(at: number) {
    this.#at = at;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError("the data ends too early");
    return this.#bytes[this.#at++]!;
  }

  varint(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 1 < bytes.length) {
      // Nearly all take one byte or two.
      const [first, second] = [bytes[at]!, bytes[at + 1]!];
      if (first < 0x80) {
        this.#at = at + 1;
        return first;
      }
      if (second < 0x80) {
        this.#at = at + 2;
        return first - 0x80 + second * 0x80;
      }
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first - 0x80;
    let scale = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
      if (scale > 2 ** 49) throw new RangeError("a number is too long");
    }
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    return value;
  }

  /** Steps over a number that `varint` or `zigzag` would read. */
  skipVarint(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < bytes.length && bytes[at]! >= 0x80) at++;
    if (at >= bytes.length) throw new RangeError("the data ends too early");
    this.#at = at + 1;
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  float32(): number {
    const value = this.#view.getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }

  /** The next `length` bytes: a view, not a copy. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new RangeError("the data ends too early");
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** Goes on after the next `length` bytes. */
  skip(length: number): void {
    if (length > this.remaining) throw new RangeError("the data ends too early");
    this.#at += length;
  }

  text(): string {
    const length = this.varint();
    if (length > this.remaining) throw new RangeError("a text is longer than the data");
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length).toString("utf8");
    this.#at += length;
    return text;
  }
}
