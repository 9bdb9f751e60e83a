/** The smallest rectangle that holds all pixels that differ; `undefined` when none does. */
export function changedArea(
  before: Uint8Array,
  after: Uint8Array,
  width: number,
): { left: number; top: number; width: number; height: number } | undefined {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let at = 0; at < after.length; at++) {
    if (before[at] === after[at]) continue;
    const x = at % width;
    const y = (at - x) / width;
    if (top < 0) top = y;
    bottom = y;
    if (x < left) left = x;
    if (x > right) right = x;
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}
