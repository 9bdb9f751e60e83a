import { LZW_SLACK, LzwOutcome, LzwState, MAX_CODES, unpackCodes } from "./lzw-codes.ts";

/** What an image's data gave, and whether the codes made sense to their end. */
export interface LzwResult {
  /** Pixels written, from the start of the output. */
  readonly written: number;
  readonly damage: "none" | "bad code size" | "bad code" | "data ends early" | "data missing";
}

/** Packed bytes that are followed at a time: they and the dictionary stay in the processor's nearest cache. */
const PIECE_BYTES = 8192;

/**
 * Decodes GIF's LZW from data sub-blocks into palette indices: `decode` when all of them are there, `begin`, `push` and
 * `end` as they come. One instance is reused for all images of a file.
 */
export class LzwDecoder {
  readonly #table = new Int32Array(4 * MAX_CODES);
  readonly #state = new Int32Array(LzwState.length);
  readonly #piece = new Uint8Array(PIECE_BYTES + 4);
  readonly #pieceView = new DataView(this.#piece.buffer);
  #pieceSize = 0;
  #output = new Uint8Array(LZW_SLACK);
  #outputView = new DataView(this.#output.buffer);
  #codeSizeIsBad = false;

  /**
   * @param bytes the file
   * @param dataOffset where the LZW code size stands, followed by the sub-blocks
   * @param output filled from its start; holds `LZW_SLACK` more than `pixelCount`
   */
  decode(bytes: Uint8Array, dataOffset: number, output: Uint8Array<ArrayBuffer>, pixelCount: number): LzwResult {
    this.begin(bytes[dataOffset]!, output, pixelCount);
    let at = dataOffset + 1;
    while (at < bytes.length && this.isHungry) {
      const block = bytes[at++]!;
      if (block === 0) return this.end(true);
      this.push(bytes, at, Math.min(at + block, bytes.length));
      at += block;
    }
    return this.end(false);
  }

  /** Starts an image. */
  begin(minimumCodeSize: number, output: Uint8Array<ArrayBuffer>, pixelCount: number): void {
    this.#output = output;
    this.#outputView = new DataView(output.buffer, output.byteOffset, output.byteLength);
    this.#pieceSize = 0;
    this.#codeSizeIsBad = minimumCodeSize < 1 || minimumCodeSize > 11;
    const state = this.#state.fill(0);
    state[LzwState.outcome] = this.#codeSizeIsBad || pixelCount === 0 ? LzwOutcome.complete : LzwOutcome.needsMore;
    if (this.#codeSizeIsBad) return;
    const clearCode = 1 << minimumCodeSize;
    for (let code = 0; code < clearCode; code++) {
      this.#table[4 * code + 1] = 1;
      this.#table[4 * code + 2] = code & 255;
    }
    state[LzwState.pixelCount] = pixelCount;
    state[LzwState.codeSize] = minimumCodeSize + 1;
    state[LzwState.nextCode] = clearCode + 2;
    state[LzwState.clearCode] = clearCode;
  }

  /** False when more data cannot change the result. */
  get isHungry(): boolean {
    return this.#state[LzwState.outcome] === LzwOutcome.needsMore;
  }

  /** The data of one sub-block: `bytes[from..end]`, at most 255. */
  push(bytes: Uint8Array, from: number, end: number): void {
    if (this.#pieceSize + end - from > PIECE_BYTES) this.#unpack();
    copyBytes(bytes, from, end, this.#piece, this.#pieceSize);
    this.#pieceSize += end - from;
  }

  /** @param ended whether the sub-blocks came to their end, not the file */
  end(ended: boolean): LzwResult {
    if (this.#codeSizeIsBad) return { written: 0, damage: "bad code size" };
    if (this.isHungry) this.#unpack();
    const written = this.#state[LzwState.written]!;
    const outcome = this.#state[LzwState.outcome];
    if (outcome === LzwOutcome.complete) return { written, damage: "none" };
    if (outcome === LzwOutcome.badCode) return { written, damage: "bad code" };
    return { written, damage: outcome === LzwOutcome.endCode || ended ? "data missing" : "data ends early" };
  }

  #unpack(): void {
    const state = this.#state;
    if (this.isHungry) {
      unpackCodes(this.#pieceView, 8 * this.#pieceSize, this.#table, state, this.#output, this.#outputView);
    }
    // What is left is less than a code: two bytes at most.
    const used = state[LzwState.bit]! >> 3;
    this.#piece.copyWithin(0, used, this.#pieceSize);
    this.#pieceSize = this.isHungry ? this.#pieceSize - used : 0;
    state[LzwState.bit]! &= 7;
  }
}

/** For a few hundred bytes a loop is faster than a call of `set` and the view it needs. */
function copyBytes(source: Uint8Array, from: number, end: number, target: Uint8Array, to: number): void {
  for (let at = from, next = to; at < end; at++, next++) target[next] = source[at]!;
}
