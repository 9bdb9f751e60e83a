import fc from "fast-check";
import { expect, it } from "vitest";
import { CoveredTime } from "../src/covered-time.ts";

it("the union of intervals is as long as the seconds that any of them holds", () => {
  const interval = fc.tuple(fc.nat(50), fc.nat(20));
  fc.assert(
    fc.property(fc.array(interval), (intervals) => {
      const covered = new CoveredTime();
      const seconds = new Set<number>();
      for (const [start, length] of intervals) {
        covered.add(start, start + length);
        for (let second = start; second < start + length; second++) seconds.add(second);
      }
      expect(covered.seconds()).toBe(seconds.size);
    }),
  );
});
