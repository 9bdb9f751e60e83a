import type { Selection } from "./sampling-request.ts";

/** What is known about a frame before it is looked at. */
export interface FrameKind {
  /** Number of the scene it belongs to. */
  readonly scene: number;
  /** Frames of one scene and role are alike. */
  readonly role: string;
}

/** The first and the last frame of a scene (or animation) are like no other: nothing moved before, or nothing moves after. */
export const END = "end";

/** The place in an ascending list where a number would be inserted. */
function placeIn(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The one or two nearest. */
function nearest(ascending: readonly number[], value: number): readonly number[] {
  const place = placeIn(ascending, value);
  const after = ascending[place];
  const before = ascending[place - 1];
  if (before === undefined || after === undefined) return [(before ?? after)!];
  if (after - value === value - before) return [before, after];
  return after - value < value - before ? [after] : [before];
}

/**
 * How many frames each chosen one stands for, so that the weighted mean is of the animation and not of the parts that were
 * looked at most. A frame that was not chosen is stood for by the nearest chosen one of its scene and role, else of its
 * scene but the ends, else of its scene, else of all; two at the same distance share it.
 *
 * Of ten frames of one scene 0, 3, 7 and 9, the first and last being ends: weights 1, 4.5, 3.5 and 1. 3 and 7 share 5, and 8
 * goes to 7, as an end stands for itself only.
 *
 * @param chosen in any order; at least one unless there are no frames
 * @param kinds of all frames
 */
export function standFor(
  chosen: Iterable<number>,
  kinds: readonly FrameKind[],
): Pick<Selection, "indices" | "weights"> {
  const indices = [...new Set(chosen)].sort((a, b) => a - b);
  const groups = new Map<string, number[]>();
  const add = (group: string, index: number): void => {
    const list = groups.get(group);
    if (list === undefined) groups.set(group, [index]);
    else list.push(index);
  };
  for (const index of indices) {
    const { scene, role } = kinds[index]!;
    add(`${scene} ${role}`, index);
    if (role !== END) add(`${scene} within`, index);
    add(`${scene}`, index);
  }
  const weights = new Map(indices.map((index) => [index, 1]));
  for (const [index, { scene, role }] of kinds.entries()) {
    if (weights.has(index)) continue;
    const alike = groups.get(`${scene} ${role}`) ?? groups.get(`${scene} within`) ?? groups.get(`${scene}`) ?? indices;
    const deputies = nearest(alike, index);
    for (const deputy of deputies) weights.set(deputy, weights.get(deputy)! + 1 / deputies.length);
  }
  return { indices, weights: indices.map((index) => weights.get(index)!) };
}

/** Kinds of frames of an animation of which nothing is known: its ends, and the frames between. */
export function endsAndInside(total: number): FrameKind[] {
  return Array.from({ length: total }, (_, at) => ({ scene: 0, role: at === 0 || at === total - 1 ? END : "inside" }));
}
