/** A picture's size in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** For each target position, the source positions it covers and how much of each (in source pixels). */
function spans(
  from: number,
  to: number,
): { first: Int32Array; last: Int32Array; firstShare: Float64Array; lastShare: Float64Array } {
  const first = new Int32Array(to);
  const last = new Int32Array(to);
  const firstShare = new Float64Array(to);
  const lastShare = new Float64Array(to);
  for (let at = 0; at < to; at++) {
    // Products of whole numbers, so that whole-number ratios have no slivers of a neighbour.
    const start = (at * from) / to;
    const end = ((at + 1) * from) / to;
    const head = Math.floor(start);
    const tail = Math.min(from, Math.ceil(end)) - 1;
    first[at] = head;
    last[at] = tail;
    firstShare[at] = Math.min(head + 1, end) - start;
    lastShare[at] = tail === head ? firstShare[at]! : end - tail;
  }
  return { first, last, firstShare, lastShare };
}

/**
 * Resizes pixels by exact area averaging (each target pixel is the mean of the area it covers, parts of pixels counted
 * by their share), in both directions larger or smaller. Rounds half up.
 *
 * @param channels interleaved values per pixel: 4 for RGBA, 1 for grey
 * @param target written to when given (it must have room), so that buffers can be reused
 * @throws RangeError for a size below 1 or a length that does not fit
 */
export function resizeArea(
  pixels: Uint8ClampedArray | Uint8Array,
  from: PictureSize,
  to: PictureSize,
  channels = 4,
  target: Uint8ClampedArray = new Uint8ClampedArray(to.width * to.height * channels),
): Uint8ClampedArray {
  if (!(from.width >= 1 && from.height >= 1 && to.width >= 1 && to.height >= 1)) {
    throw new RangeError(
      `sizes must be at least 1 x 1, got ${from.width} x ${from.height} to ${to.width} x ${to.height}`,
    );
  }
  if (pixels.length !== from.width * from.height * channels || target.length < to.width * to.height * channels) {
    throw new RangeError(`${pixels.length} values are not ${from.width} x ${from.height} pixels of ${channels}`);
  }
  const columns = spans(from.width, to.width);
  const rows = spans(from.height, to.height);
  const area = (from.width / to.width) * (from.height / to.height);
  const line = new Float64Array(from.width * channels);
  for (let y = 0, out = 0; y < to.height; y++) {
    line.fill(0);
    for (let row = rows.first[y]!; row <= rows.last[y]!; row++) {
      const share = row === rows.first[y] ? rows.firstShare[y]! : row === rows.last[y] ? rows.lastShare[y]! : 1;
      for (let at = 0, source = row * line.length; at < line.length; at++, source++)
        line[at]! += share * pixels[source]!;
    }
    for (let x = 0; x < to.width; x++) {
      const first = columns.first[x]!;
      const last = columns.last[x]!;
      for (let channel = 0; channel < channels; channel++, out++) {
        let sum = columns.firstShare[x]! * line[first * channels + channel]!;
        for (let column = first + 1; column < last; column++) sum += line[column * channels + channel]!;
        if (last > first) sum += columns.lastShare[x]! * line[last * channels + channel]!;
        // A sum of shares can miss a half by its last bits: what is a half within them counts as one.
        target[out] = Math.floor(sum / area + 0.5 + 1e-9);
      }
    }
  }
  return target;
}
