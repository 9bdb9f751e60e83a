import { SeededRandom } from "@giflab/backend-testkit";
import { globMatcher, type MetricSummary } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { SummaryIndex } from "../src/summary-index.ts";

it("finds by name or glob what a walk over all finds", () => {
  const seeded = new SeededRandom();
  const { seed } = seeded;
  console.log(`summary index: seed ${seed}`);
  const random = (): number => seeded.next();
  const word = (letters: string, most: number): string =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => letters[Math.floor(random() * letters.length)]).join(
      "",
    );
  for (let round = 0; round < 300; round++) {
    const names = Array.from({ length: Math.floor(random() * 40) }, () => word("ab.", 5));
    const all = names.map((name) => ({ name, kind: "counter", tags: {} }) as unknown as MetricSummary);
    const index = new SummaryIndex(all);
    for (let query = 0; query < 20; query++) {
      const pattern = random() < 0.3 && names.length > 0 ? names[0]! : word("ab.*?", 5);
      const matches = globMatcher(pattern);
      const found = index.matching(pattern).map(({ name }) => name);
      expect(found.sort(), `${pattern} of seed ${seed}`).toEqual(names.filter(matches).sort());
    }
  }
});
