import { expect, test } from "vitest";
import { adviseSampling, type SamplingLoad, type StrategyRecord } from "../../src/advice/advise-sampling.ts";

const record = (uses: number, more: Partial<StrategyRecord> = {}): StrategyRecord => ({
  uses,
  sampledRatio: 0.3,
  speedup: 2.5,
  intervalWidth: 0.03,
  ...more,
});

const advise = (strategies: SamplingLoad["strategies"], more: Partial<SamplingLoad> = {}) =>
  adviseSampling({ enabled: true, strategy: "adaptive", minFramesThreshold: 30, strategies, ...more });

test("keeps a strategy that is fast with a narrow interval, and says so with its numbers", () => {
  const advice = advise({ adaptive: record(50), "adaptive (full)": record(20) });
  expect(advice).toMatchObject({ verdict: "keep", recommended: "adaptive", settings: {}, animations: 70, sampled: 50 });
  expect(advice.reasons).toEqual([
    "adaptive looked at 30 % of the frames, was 2.5 times as fast as looking at all, had an interval 0.03 wide",
  ]);
});

test("recommends progressive for a wide interval, and more iterations where it is progressive already", () => {
  expect(advise({ adaptive: record(50, { intervalWidth: 0.2 }) })).toMatchObject({
    verdict: "change",
    recommended: "progressive",
    settings: { defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } },
  });
  const progressive = { progressive: record(50, { intervalWidth: 0.2 }) };
  expect(advise(progressive, { strategy: "progressive" })).toMatchObject({
    verdict: "change",
    recommended: "progressive",
    settings: { progressive: { maxIterations: 10 } },
  });
});

test("recommends uniform where choosing takes what sampling saves", () => {
  const advice = advise({ adaptive: record(50, { speedup: 1.1, sampledRatio: 0.6 }) });
  expect(advice).toMatchObject({ verdict: "change", recommended: "uniform" });
  expect(advice.reasons[0]).toContain("1.1 times as fast as looking at all frames while it looked at 60 %");
});

test("recommends another recorded strategy only when it is clearly faster and as exact", () => {
  const adaptive = record(50);
  const verdict = (other: Partial<StrategyRecord>, uses = 30) =>
    advise({ adaptive, uniform: record(uses, other) }).recommended;
  expect(verdict({ speedup: 3.4 })).toBe("uniform");
  expect(verdict({ speedup: 2.9 })).toBe("adaptive");
  expect(verdict({ speedup: 3.4, intervalWidth: 0.05 })).toBe("adaptive");
  expect(verdict({ speedup: 3.4, intervalWidth: undefined })).toBe("adaptive");
  expect(verdict({ speedup: 3.4 }, 5)).toBe("adaptive");
});

test("says when there is too little, and when animations are too short for any strategy", () => {
  expect(advise({}).verdict).toBe("unrecorded");
  const off = advise({ "adaptive (full)": record(50) }, { enabled: false });
  expect([off.verdict, off.reasons]).toEqual(["off", ["sampling is switched off: all frames are looked at"]]);
  expect(advise({ adaptive: record(19) }).verdict).toBe("too_few");
  const short = advise({ adaptive: record(10), "adaptive (full)": record(90, { speedup: undefined }) });
  expect(short).toMatchObject({ verdict: "too_short", recommended: null, sampled: 10 });
  expect(short.reasons[0]).toContain("90 % of 100 animations had fewer than 30 frames to look at");
  expect(advise({ uniform: record(40) }).reasons[0]).toContain("adaptive was used on 0 animations only");
});
