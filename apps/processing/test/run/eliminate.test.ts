import { expect, it } from "vitest";
import { type PipelineScore, PipelineScores, type PipelineVerdict } from "../../src/run/eliminate.ts";

function score(
  pipelineId: string,
  compositeQuality: number,
  compressionRatio: number,
  contentType = "animation",
): PipelineScore {
  return { pipelineId, contentType, compositeQuality, compressionRatio, ssim: compositeQuality, seconds: 1 };
}

function judgePipelines(all: readonly PipelineScore[], threshold?: number): PipelineVerdict[] {
  const scores = new PipelineScores();
  for (const one of all) scores.add(one);
  return scores.judge(threshold);
}

it("retains what is among the best three of a kind of content and eliminates what never is", () => {
  const scores = ["a", "b", "c", "d"].map((id, at) => score(id, 0.9 - at / 10, 4 - at));
  const verdicts = judgePipelines(scores);
  expect(verdicts.map(({ pipelineId, eliminatedBecause }) => [pipelineId, eliminatedBecause])).toEqual([
    ["a", undefined],
    ["b", undefined],
    ["c", undefined],
    ["d", "among the best for no kind of content"],
  ]);
  // The last one is the best on stills: that is enough.
  const more = judgePipelines([...scores, score("d", 0.9, 9, "still")]);
  expect(more.every((verdict) => verdict.eliminatedBecause === undefined)).toBe(true);
});

it("eliminates what looks too bad even when it wins", () => {
  expect(judgePipelines([score("a", 0.2, 9)])[0]!.eliminatedBecause).toBe("mean composite quality below 0.3");
  expect(judgePipelines([score("a", 0.4, 9)])[0]!.eliminatedBecause).toContain("no composite quality of 0.45");
  expect(judgePipelines([score("a", 0.4, 9)], 0.2)[0]!.eliminatedBecause).toBeUndefined();
});

it("averages over all jobs of a pipeline", () => {
  expect(judgePipelines([score("a", 0.8, 2), score("a", 0.6, 4)])).toEqual([
    {
      pipelineId: "a",
      jobs: 2,
      meanCompositeQuality: 0.7,
      maxCompositeQuality: 0.8,
      meanCompressionRatio: 3,
      meanSeconds: 1,
    },
  ]);
  expect(judgePipelines([])).toEqual([]);
});
