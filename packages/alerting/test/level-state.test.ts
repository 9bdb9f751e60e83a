import { SeededRandom } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { type LevelState, type LevelTimes, stepLevel } from "../src/level-state.ts";
import { type Look, naiveStates } from "./naive-level.ts";

const states = (looks: readonly Look[], times: LevelTimes): string[] => {
  let state: LevelState | undefined;
  return looks.map(({ at, active }) => {
    state = stepLevel(state, active, at, times);
    return state?.state ?? "inactive";
  });
};

const every = (seconds: number, pattern: string): Look[] =>
  [...pattern].map((one, i) => ({ at: 1000 + i * seconds, active: one === "x" }));

describe("stepLevel", () => {
  it("fires at the first evaluation that is `for` after the first that found the condition", () => {
    const times = { forSeconds: 120, keepFiringForSeconds: 0 };
    expect(states(every(60, "x.xxxx."), times)).toEqual([
      "pending",
      "inactive",
      "pending",
      "pending",
      "firing",
      "firing",
      "resolved",
    ]);
  });

  it("fires at once without `for`", () => {
    expect(states(every(60, ".x."), { forSeconds: 0, keepFiringForSeconds: 0 })).toEqual([
      "inactive",
      "firing",
      "resolved",
    ]);
  });

  it("fires on while keepFiringFor has not passed, and needs no new `for` when the condition comes back meanwhile", () => {
    const times = { forSeconds: 60, keepFiringForSeconds: 120 };
    expect(states(every(60, "xx..x...x"), times)).toEqual([
      "pending",
      "firing",
      "firing",
      "firing",
      "firing",
      "firing",
      "firing",
      "resolved",
      "pending",
    ]);
  });

  it("keeps since when it fires, and counts keepFiringFor anew after each return", () => {
    const times = { forSeconds: 0, keepFiringForSeconds: 100 };
    const firing = stepLevel(undefined, true, 10, times);
    const kept = stepLevel(firing, false, 20, times);
    expect(kept).toEqual({ state: "firing", activeAt: 10, firedAt: 10, keepSince: 20 });
    const back = stepLevel(kept, true, 119, times);
    expect(back).toEqual(firing);
    expect(stepLevel(back, false, 130, times)).toMatchObject({ state: "firing", keepSince: 130 });
  });

  it("forgets a resolved alert after a quarter of an hour", () => {
    const times = { forSeconds: 0, keepFiringForSeconds: 0 };
    const resolved = stepLevel(stepLevel(undefined, true, 0, times), false, 10, times);
    expect(stepLevel(resolved, false, 910, times)).toBe(resolved);
    expect(stepLevel(resolved, false, 911, times)).toBeUndefined();
  });

  it("does not wait for a wall clock that was set back", () => {
    const times = { forSeconds: 60, keepFiringForSeconds: 60 };
    const pending = stepLevel(undefined, true, 1_000_000, times);
    const back = stepLevel(pending, true, 500, times);
    expect(stepLevel(back, true, 560, times)).toMatchObject({ state: "firing" });
  });

  it("agrees with what the words mean over long random series", () => {
    const seeded = new SeededRandom();
    const { seed } = seeded;
    console.log(`level states: seed ${seed}`);
    const random = (): number => seeded.next();
    const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 5000 : 300;
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const pick = (choices: readonly number[]): number => choices[Math.floor(random() * choices.length)]!;
      const times = { forSeconds: pick([0, 30, 60, 61, 300]), keepFiringForSeconds: pick([0, 30, 60, 90, 600]) };
      const stickiness = random();
      let [at, active] = [0, false];
      const looks = Array.from({ length: 400 }, (): Look => {
        at += pick([10, 30, 30, 60, 700]);
        if (random() > stickiness) active = random() < 0.5;
        return { at, active };
      });
      const got = states(looks, times);
      for (const state of got) seen.add(state);
      expect(got, `round ${round} of seed ${seed}, ${JSON.stringify(times)}`).toEqual(naiveStates(looks, times));
    }
    expect([...seen].sort()).toEqual(["firing", "inactive", "pending", "resolved"]);
  });
});
