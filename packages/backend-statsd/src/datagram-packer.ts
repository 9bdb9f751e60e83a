/** Joins lines to datagrams of at most `maxBytes`, in order and never splitting what was given in one piece. */
export class DatagramPacker {
  readonly #maxBytes: number;
  #pending: string[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a piece can be sent at all. */
  fits(lines: string): boolean {
    return Buffer.byteLength(lines) <= this.#maxBytes;
  }

  /** Takes in a piece that fits. Returns the datagram that was full before it, if one was. */
  add(lines: string): Datagram | undefined {
    const bytes = Buffer.byteLength(lines);
    const full = this.#pending.length > 0 && this.#bytes + 1 + bytes > this.#maxBytes ? this.take() : undefined;
    this.#bytes += bytes + (this.#pending.length > 0 ? 1 : 0);
    this.#pending.push(lines);
    return full;
  }

  /** What is left, if anything is. */
  take(): Datagram | undefined {
    if (this.#pending.length === 0) return undefined;
    const text = this.#pending.join("\n");
    this.#pending = [];
    this.#bytes = 0;
    return { data: Buffer.from(text), lines: text.split("\n").length };
  }
}

export interface Datagram {
  readonly data: Buffer;
  readonly lines: number;
}
