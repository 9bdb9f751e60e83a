/** Lines that travel together. */
export interface Datagram {
  readonly data: Buffer;
  /** Points whose last line is in it. */
  readonly points: number;
}

/** Joins the lines of points to datagrams of at most `maxBytes`, in order and never splitting what is given in one piece. */
export class DatagramPacker {
  readonly datagrams: Datagram[] = [];
  readonly #maxBytes: number;
  readonly #end: string;
  #text = "";
  #bytes = 0;
  #points = 0;

  /** @param options.end Goes behind the last line of each; a stream needs a newline there. */
  constructor(options: { readonly maxBytes: number; readonly end: "" | "\n" }) {
    this.#end = options.end;
    this.#maxBytes = options.maxBytes - options.end.length;
  }

  /** Takes in the pieces of a point. Returns whether each fits; otherwise takes none. */
  add(pieces: readonly string[]): boolean {
    if (pieces.length === 0) return true;
    const sizes = pieces.map((piece) => Buffer.byteLength(piece));
    if (sizes.some((bytes) => bytes > this.#maxBytes)) return false;
    for (let i = 0; i < pieces.length; i++) this.#append(pieces[i]!, sizes[i]!);
    this.#points++;
    return true;
  }

  /** All datagrams; the last one too, however small. */
  finish(): readonly Datagram[] {
    if (this.#bytes > 0) this.#finish();
    return this.datagrams;
  }

  #append(piece: string, bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + 1 + bytes > this.#maxBytes) this.#finish();
    this.#text = this.#bytes === 0 ? piece : `${this.#text}\n${piece}`;
    this.#bytes += bytes + (this.#bytes === 0 ? 0 : 1);
  }

  #finish(): void {
    this.datagrams.push({ data: Buffer.from(this.#text + this.#end), points: this.#points });
    this.#text = "";
    this.#bytes = 0;
    this.#points = 0;
  }
}
