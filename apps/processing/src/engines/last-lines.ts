const KEPT_BYTES = 4096;
const KEPT_LINES = 3;
/** Where a program's object lay in memory: the same failure would read differently each time. */
const ADDRESS = / @ 0x[0-9a-f]+/g;

/** The last lines of a stream of any length, for an error message. */
export class LastLines {
  #tail = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-KEPT_BYTES);
  }

  /** Up to 4 KB as they came. */
  get tail(): string {
    return this.#tail.toString("utf8");
  }

  /** The last three lines that say something, joined by "; ", each once. */
  get text(): string {
    const lines = this.tail
      .split(/[\r\n]+/)
      .map((line) => line.replace(ADDRESS, "").trim())
      .filter((line) => line !== "");
    return [...new Set(lines)].slice(-KEPT_LINES).join("; ");
  }
}
