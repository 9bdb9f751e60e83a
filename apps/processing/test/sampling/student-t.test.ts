import { expect, test } from "vitest";
import { studentT } from "../../src/sampling/student-t.ts";

test.each([
  [0.95, 1, 12.7062],
  [0.95, 2, 4.3027],
  [0.95, 3, 3.1824],
  [0.95, 9, 2.2622],
  [0.95, 30, 2.0423],
  [0.9, 5, 2.015],
  [0.99, 10, 3.1693],
  [0.99, 120, 2.6174],
  [0.95, 100_000, 1.96],
])(
  "the quantile of Student's t at %d with %d degrees of freedom is that of the tables, %d",
  (level, freedom, value) => {
    expect(studentT(level, freedom)).toBeCloseTo(value, 3);
  },
);
