import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { SAMPLING_STRATEGIES } from "../../src/sampling/sampling-config.ts";

const script = fileURLToPath(new URL("print-frames.ts", import.meta.url));

test("the same animation gives the same frames in every process, whatever the strategy", () => {
  const random = seededRandom(20);
  const levels = JSON.stringify(Array.from({ length: 150 }, () => Math.floor(5 * random())));
  const run = (): Record<string, number[]> =>
    JSON.parse(execFileSync(process.execPath, ["--conditions=@giflab/source", script, levels], { encoding: "utf8" }));
  const chosen = run();
  expect(Object.keys(chosen)).toEqual([...SAMPLING_STRATEGIES]);
  for (const strategy of ["uniform", "adaptive", "progressive"]) expect(chosen[strategy]!.length).toBeLessThan(150);
  expect(run()).toEqual(chosen);
});
