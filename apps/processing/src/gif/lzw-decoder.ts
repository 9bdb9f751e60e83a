/** What a call of `LzwDecoder.decode` wrote, and whether the codes made sense to their end. */
export interface LzwResult {
  /** Pixels written, from the start of the output. */
  readonly written: number;
  readonly damage: "none" | "bad code size" | "bad code" | "data ends early" | "data missing";
}

const MAX_CODES = 4096;

/**
 * Decodes GIF's LZW from data sub-blocks into palette indices.
 *
 * Every string in the dictionary is also somewhere in the output already written (that is how it got into the
 * dictionary), so an entry is a position and a length there, and emitting a code is one forward copy.
 * One instance is reused for all images of a file; it allocates nothing per call except when the packed data grows.
 */
export class LzwDecoder {
  readonly #start = new Uint32Array(MAX_CODES + 1);
  readonly #length = new Uint32Array(MAX_CODES + 1);
  #packed = new Uint8Array(4096);

  /**
   * @param bytes the file
   * @param dataOffset where the LZW code size stands, followed by the sub-blocks
   * @param output filled from its start; at most `pixelCount` entries
   */
  decode(bytes: Uint8Array, dataOffset: number, output: Uint8Array, pixelCount: number): LzwResult {
    const minimumCodeSize = bytes[dataOffset]!;
    if (minimumCodeSize < 1 || minimumCodeSize > 11) return { written: 0, damage: "bad code size" };
    const { size, ended } = this.#unpack(bytes, dataOffset + 1);
    const data = this.#packed;
    const starts = this.#start;
    const lengths = this.#length;
    const clearCode = 1 << minimumCodeSize;
    const endCode = clearCode + 1;
    let codeSize = minimumCodeSize + 1;
    let codeMask = (1 << codeSize) - 1;
    let nextCode = clearCode + 2;
    // The string of the code before this one; length 0 right after a clear.
    let previousStart = 0;
    let previousLength = 0;
    let bits = 0;
    let bitCount = 0;
    let read = 0;
    let written = 0;

    while (written < pixelCount) {
      while (bitCount < codeSize) {
        if (read >= size) return { written, damage: ended ? "data missing" : "data ends early" };
        bits |= data[read++]! << bitCount;
        bitCount += 8;
      }
      const code = bits & codeMask;
      bits >>>= codeSize;
      bitCount -= codeSize;

      if (code === clearCode) {
        codeSize = minimumCodeSize + 1;
        codeMask = (1 << codeSize) - 1;
        nextCode = clearCode + 2;
        previousLength = 0;
        continue;
      }
      if (code === endCode) return { written, damage: "data missing" };

      // The new entry is the previous string and this string's first pixel, which will stand right behind it.
      if (previousLength > 0 && nextCode < MAX_CODES) {
        starts[nextCode] = previousStart;
        lengths[nextCode] = previousLength + 1;
        nextCode++;
        if (nextCode > codeMask && codeSize < 12) {
          codeSize++;
          codeMask = (1 << codeSize) - 1;
        }
      }
      previousStart = written;
      if (code < clearCode) {
        output[written++] = code;
        previousLength = 1;
      } else {
        if (code >= nextCode) return { written, damage: "bad code" };
        const from = starts[code]!;
        const length = lengths[code]!;
        const room = pixelCount - written;
        const count = Math.min(length, room);
        if (count > 24 && from + count <= written) {
          output.copyWithin(written, from, from + count);
          written += count;
        } else {
          // Forward, one by one: a string may run into what it is writing.
          for (let source = from, end = from + count; source < end; source++) output[written++] = output[source]!;
        }
        previousLength = length;
      }
    }
    return { written, damage: "none" };
  }

  /** Joins the sub-blocks into `#packed`, which is faster to read bit by bit. */
  #unpack(bytes: Uint8Array, offset: number): { size: number; ended: boolean } {
    let at = offset;
    let size = 0;
    while (at < bytes.length) {
      const block = bytes[at++]!;
      if (block === 0) return { size, ended: true };
      const count = Math.min(block, bytes.length - at);
      if (size + count > this.#packed.length) {
        const grown = new Uint8Array(this.#packed.length * 2);
        grown.set(this.#packed.subarray(0, size));
        this.#packed = grown;
      }
      const packed = this.#packed;
      for (let index = 0; index < count; index++) packed[size + index] = bytes[at + index]!;
      size += count;
      at += count;
    }
    return { size, ended: false };
  }
}
