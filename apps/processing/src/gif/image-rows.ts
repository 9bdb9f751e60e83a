/** First row and step of the four passes of an interlaced image (GIF89a, appendix E). */
const PASSES = [
  { first: 0, step: 8 },
  { first: 4, step: 8 },
  { first: 2, step: 4 },
  { first: 1, step: 2 },
] as const;

/** Order in which an interlaced image of `height` rows stores them: row `order[n]` of the picture comes n-th. */
export function interlacedRows(height: number): Uint32Array {
  const order = new Uint32Array(height);
  let at = 0;
  for (const { first, step } of PASSES) for (let row = first; row < height; row += step) order[at++] = row;
  return order;
}
