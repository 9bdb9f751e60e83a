/** Codes a dictionary holds: GIF's codes have at most 12 bits. */
export const MAX_CODES = 4096;
/** Bytes that must be free behind the pixels asked for: pixels are written four at a time. */
export const LZW_SLACK = 4;

/** How far the codes of an image have been followed; positions in the state that `unpackCodes` goes on from. */
export const LzwState = {
  outcome: 0,
  written: 1,
  pixelCount: 2,
  bit: 3,
  codeSize: 4,
  nextCode: 5,
  previousStart: 6,
  previousLength: 7,
  previousHead: 8,
  clearCode: 9,
  length: 10,
} as const;

/** Why `unpackCodes` came back. */
export const LzwOutcome = { needsMore: 0, complete: 1, badCode: 2, endCode: 3 } as const;

/**
 * Follows LZW codes until the packed bytes or the pixels are used up.
 *
 * Every string in the dictionary is also somewhere in the output already written (that is how it got into the
 * dictionary), so an entry is where it starts there, how long it is, and its first four pixels: most strings are no
 * longer, and are written without being read. Takes numbers and typed arrays only: compiled code that knows shapes of
 * other objects is thrown away by the garbage collection that finds none of them alive.
 *
 * @param packed the packed bytes, with four more behind them
 * @param bitEnd bits of them that count
 * @param table four numbers a code: start, length, head, unused
 */
export function unpackCodes(
  packed: DataView,
  bitEnd: number,
  table: Int32Array,
  state: Int32Array,
  output: Uint8Array,
  out: DataView,
): void {
  const pixelCount = state[LzwState.pixelCount]!;
  const clearCode = state[LzwState.clearCode]!;
  const endCode = clearCode + 1;
  let written = state[LzwState.written]!;
  let bit = state[LzwState.bit]!;
  let codeSize = state[LzwState.codeSize]!;
  let nextCode = state[LzwState.nextCode]!;
  // The string of the code before this one; length 0 right after a clear.
  let previousStart = state[LzwState.previousStart]!;
  let previousLength = state[LzwState.previousLength]!;
  let previousHead = state[LzwState.previousHead]!;
  let codeMask = (1 << codeSize) - 1;
  let outcome: number = LzwOutcome.complete;

  while (written < pixelCount) {
    if (bit + codeSize > bitEnd) {
      outcome = LzwOutcome.needsMore;
      break;
    }
    const code = (packed.getInt32(bit >> 3, true) >> (bit & 7)) & codeMask;
    bit += codeSize;
    if (code === clearCode) {
      codeSize = 32 - Math.clz32(clearCode);
      codeMask = (1 << codeSize) - 1;
      nextCode = clearCode + 2;
      previousLength = 0;
      continue;
    }
    if (code === endCode) {
      outcome = LzwOutcome.endCode;
      break;
    }
    // The next code may be used by the very code that makes it, but not before there is a string to make it of.
    if (code > nextCode || (code === nextCode && previousLength === 0)) {
      outcome = LzwOutcome.badCode;
      break;
    }
    // The new entry is the previous string and this string's first pixel, which will stand right behind it.
    if (previousLength > 0 && nextCode < MAX_CODES) {
      const first = (code === nextCode ? previousHead : table[(code << 2) + 2]!) & 255;
      const entry = nextCode << 2;
      table[entry] = previousStart;
      table[entry + 1] = previousLength + 1;
      table[entry + 2] = previousLength < 4 ? previousHead | (first << (previousLength << 3)) : previousHead;
      nextCode++;
      if (nextCode > codeMask && codeSize < 12) {
        codeSize++;
        codeMask = (1 << codeSize) - 1;
      }
    }
    const from = table[code << 2]!;
    let length = table[(code << 2) + 1]!;
    previousStart = written;
    previousLength = length;
    previousHead = table[(code << 2) + 2]!;
    out.setInt32(written, previousHead, true);
    if (length > pixelCount - written) length = pixelCount - written;
    if (length > 4) {
      // Such a string starts at least four pixels before `written`. One that is made by its own code ends with the pixel
      // it begins with, which has just been written.
      if (length > 64) output.copyWithin(written, from, from + length);
      else for (let at = 4; at < length; at += 4) out.setInt32(written + at, out.getInt32(from + at, true), true);
    }
    written += length;
  }
  state[LzwState.outcome] = outcome;
  state[LzwState.written] = written;
  state[LzwState.bit] = bit;
  state[LzwState.codeSize] = codeSize;
  state[LzwState.nextCode] = nextCode;
  state[LzwState.previousStart] = previousStart;
  state[LzwState.previousLength] = previousLength;
  state[LzwState.previousHead] = previousHead;
}
