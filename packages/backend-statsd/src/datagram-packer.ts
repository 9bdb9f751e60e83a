/** Lines that travel together. */
export interface Datagram {
  readonly data: Buffer;
  readonly lines: number;
  /** Points whose last line is in it. */
  readonly points: number;
}

/** Joins the lines of points to datagrams of at most `maxBytes`, in order and never splitting what is given in one piece. */
export class DatagramPacker {
  readonly datagrams: Datagram[] = [];
  readonly #maxBytes: number;
  readonly #end: string;
  #pending: string[] = [];
  #bytes = 0;
  #points = 0;

  /** @param options.end Goes behind the last line of each; a stream needs a newline there. */
  constructor(options: { readonly maxBytes: number; readonly end: "" | "\n" }) {
    this.#end = options.end;
    this.#maxBytes = options.maxBytes - options.end.length;
  }

  /** Takes in the pieces of a point. Returns whether each fits; otherwise takes none. */
  add(pieces: readonly string[]): boolean {
    const sizes = pieces.map((piece) => Buffer.byteLength(piece));
    if (sizes.some((bytes) => bytes > this.#maxBytes)) return false;
    for (const [place, piece] of pieces.entries()) {
      const bytes = sizes[place]!;
      if (this.#pending.length > 0 && this.#bytes + 1 + bytes > this.#maxBytes) this.#finish();
      this.#bytes += bytes + (this.#pending.length > 0 ? 1 : 0);
      this.#pending.push(piece);
    }
    if (pieces.length > 0) this.#points++;
    return true;
  }

  /** All datagrams; the last one too, however small. */
  finish(): readonly Datagram[] {
    if (this.#pending.length > 0) this.#finish();
    return this.datagrams;
  }

  #finish(): void {
    const text = this.#pending.join("\n");
    const lines = text.split("\n").length;
    this.datagrams.push({ data: Buffer.from(text + this.#end), lines, points: this.#points });
    this.#pending = [];
    this.#bytes = 0;
    this.#points = 0;
  }
}
