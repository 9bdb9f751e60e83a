import type { Aggregation } from "@giflab/metrics-core";
import type { TickList } from "./tick-list.ts";

/**
 * Says what the rows of a block cover. Rows of one instance that adjoin and need not be told apart are said in one go, for
 * the length of the union is the same.
 * @param instanceAt number of the instance of a row, or -1 for one that does not count.
 */
export function coverTicks(
  aggregation: Aggregation,
  { starts, ends, gaps }: TickList,
  instanceAt: (position: number) => number,
  alike: (earlier: number, later: number) => boolean,
): void {
  let [instance, from, to] = [-1, 0, 0];
  const say = (): void => {
    if (instance >= 0) aggregation.cover(instance, from, to);
  };
  const extend = (next: number, start: number, end: number): void => {
    if (next === instance && start >= from && start <= to && end >= to && alike(to, end)) {
      to = end;
      return;
    }
    say();
    [instance, from, to] = [next, start, end];
  };
  for (let i = 0; i < ends.length; i++) {
    const next = instanceAt(i);
    if (next < 0) continue;
    let start = starts[i]!;
    const bounds = gaps[i]!;
    for (let gap = 0; gap < bounds.length; gap += 2) {
      extend(next, start, bounds[gap]!);
      start = bounds[gap + 1]!;
    }
    extend(next, start, ends[i]!);
  }
  say();
}
