/** A part of the log: two words, then text. Memory for it comes zeroed. */
const USED_WORD = 0;
const NEXT_WORD = 1;
const HEADER_BYTES = 8;
const SEGMENT_BYTES = 8192;

/** Memory of a segment that lies in the shared buffer; `undefined` when there is none left. */
type AllocateSegment = (byteLength: number) => number | undefined;

/**
 * Appends lines of text in shared memory for one reader in another thread. A line is there at once or not at all: its
 * length is stored after its bytes, so a thread that ends in the middle of a line has not written it.
 */
export class SharedLogWriter {
  readonly #buffer: SharedArrayBuffer;
  readonly #allocate: AllocateSegment;
  #words: Int32Array;
  #text: Buffer;
  #used = 0;

  /** @param byteOffset of the first segment, @param byteLength its size, which the reader need not know. */
  constructor(buffer: SharedArrayBuffer, byteOffset: number, byteLength: number, allocate: AllocateSegment) {
    this.#buffer = buffer;
    this.#allocate = allocate;
    this.#words = new Int32Array(buffer, byteOffset, 2);
    this.#text = Buffer.from(buffer, byteOffset + HEADER_BYTES, byteLength - HEADER_BYTES);
  }

  /** Appends one line, which holds no line break. False when there is no memory left, and then nothing was written. */
  append(line: string): boolean {
    const byteLength = Buffer.byteLength(line) + 1;
    if (this.#used + byteLength > this.#text.length && !this.#continue(byteLength)) return false;
    this.#text.write(`${line}\n`, this.#used);
    this.#used += byteLength;
    Atomics.store(this.#words, USED_WORD, this.#used);
    return true;
  }

  #continue(byteLength: number): boolean {
    const size = Math.max(SEGMENT_BYTES, HEADER_BYTES + byteLength);
    const byteOffset = this.#allocate(size);
    if (byteOffset === undefined) return false;
    Atomics.store(this.#words, NEXT_WORD, byteOffset);
    this.#words = new Int32Array(this.#buffer, byteOffset, 2);
    this.#text = Buffer.from(this.#buffer, byteOffset + HEADER_BYTES, size - HEADER_BYTES);
    this.#used = 0;
    return true;
  }
}

/** Reads what a `SharedLogWriter` in another thread has appended. */
export class SharedLogReader {
  readonly #buffer: SharedArrayBuffer;
  #byteOffset: number;
  #read = 0;

  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.#buffer = buffer;
    this.#byteOffset = byteOffset;
  }

  /** The lines that are new since the last call, in order. */
  read(): string[] {
    const lines: string[] = [];
    for (;;) {
      const words = new Int32Array(this.#buffer, this.#byteOffset, 2);
      // First whether there is a next segment: once there is, nothing is added to this one.
      const next = Atomics.load(words, NEXT_WORD);
      const used = Atomics.load(words, USED_WORD);
      if (used > this.#read) {
        const from = this.#byteOffset + HEADER_BYTES + this.#read;
        const text = Buffer.from(this.#buffer, from, used - this.#read).toString("utf8");
        for (const line of text.slice(0, -1).split("\n")) lines.push(line);
        this.#read = used;
      }
      if (next === 0) return lines;
      this.#byteOffset = next;
      this.#read = 0;
    }
  }
}
