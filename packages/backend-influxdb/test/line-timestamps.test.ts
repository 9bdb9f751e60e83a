import { SeededRandom } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { LineTimestamps } from "../src/line-timestamps.ts";

describe("timestamps of lines", () => {
  it("are whole milliseconds as long as time goes on, and have nanoseconds when it does not", () => {
    const timestamps = new LineTimestamps();
    const ends = [5, 5, 4, 5.0004, 5.0005];
    expect(ends.map((end, i) => timestamps.next(end, i + 1))).toEqual([
      "5000000000",
      "5000000003",
      "4000000004",
      "5000000005",
      "5001000000",
    ]);
  });

  it("are never the same twice, however the clock is set back and forth", () => {
    const random = new SeededRandom();
    const timestamps = new LineTimestamps();
    const given = Array.from({ length: 5000 }, (_, i) => timestamps.next(1000 + random.integer(300) / 1000, i + 1));
    expect(new Set(given).size, `seed ${random.seed}`).toBe(given.length);
  });
});
