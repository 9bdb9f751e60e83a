import { cannyEdges, isEdge } from "./canny-edges.ts";
import type { Picture } from "./picture.ts";

const LOW = 50;
const HIGH = 150;

/** Edge agreement, 0 to 1: pixels that are edges in both over pixels that are edges in either; 1 when neither has any. */
export function edgeSimilarity(a: Picture, b: Picture): number {
  const left = cannyEdges(a.levels[0]!, LOW, HIGH);
  const right = cannyEdges(b.levels[0]!, LOW, HIGH);
  let both = 0;
  let either = 0;
  for (let at = 0; at < left.length; at++) {
    const inLeft = isEdge(left[at]!);
    const inRight = isEdge(right[at]!);
    if (inLeft && inRight) both++;
    if (inLeft || inRight) either++;
  }
  return either === 0 ? 1 : both / either;
}
