import { expect, it } from "vitest";
import { formatRunSummary } from "../../src/run/format-run-summary.ts";
import type { RunSummary } from "../../src/run/run-summary.ts";

const quiet = { hits: 0, misses: 0, evictions: 0, hitRate: undefined, hitsByTier: {} };

const busy = { hits: 3000, misses: 1000, evictions: 2, hitRate: 0.75, hitsByTier: { memory: 3000 } };

function pipeline(at: number, eliminatedBecause?: string) {
  const verdict = {
    pipelineId: `p${at}`,
    jobs: 9,
    meanCompositeQuality: 1 - at / 20,
    maxCompositeQuality: 1,
    meanCompressionRatio: at + 1.5,
    meanSeconds: 0.01,
  };
  return eliminatedBecause === undefined ? verdict : { ...verdict, eliminatedBecause };
}

const summary: RunSummary = {
  preset: "p",
  outputFolder: "results/runs/001-p-04-11-26",
  startedAt: "2026-11-04T12:00:00.000Z",
  seconds: 2,
  interrupted: true,
  gifs: 12_000,
  processed: 1499,
  failed: 1,
  jobs: 15_000,
  jobsFailed: 10,
  frames: { decoded: 4000, compared: 3000 },
  earlier: { rows: 1200, outdatedRows: 3 },
  extractFrames: true,
  failuresByReason: { corrupt: 1 },
  failures: [{ path: "/bad\u001b[31m.gif", reason: "corrupt", message: "cut off" }],
  pipelines: [7, 2, 4, 1, 3, 5, 6]
    .map((at) => pipeline(at))
    .concat(pipeline(8, "among the best for no kind of content")),
  paretoPipelines: ["p1", "p2"],
  leftOut: ["x", "y"].map((pipelineId) => ({ pipelineId, reason: "ffmpeg is not on PATH" })),
  engines: ["gifenc 1.0.3"],
  caches: { frame: busy, validation: quiet, resize: quiet },
  sampling: { framesTotal: 0, framesSampled: 0, byStrategy: {} },
  lazyImports: [],
  giflabVersion: "1",
  datasetVersion: "0",
};

it("tells what came of the run, the first five retained pipelines and how to go on", () => {
  expect(formatRunSummary(summary).split("\n")).toEqual([
    "Interrupted after 2.00 s: 1,499 of 12,000 GIFs processed, 1 failed; preset p",
    "14,990 results of 15,000 jobs (the others: failed_pipelines.json), 4,000 frames read (2,000 frames/s), 3,000 frame pairs compared",
    "Taken up again: 1,200 rows of before kept; 3 done again, as their files have changed",
    "Not processed: 1 corrupt",
    "  /bad\\x1b[31m.gif: cut off",
    "Caches in this run:",
    "  frames             75 % hits: 3,000 of 4,000 (3,000 from memory), 2 evictions",
    "  metric results        - hits: 0 of 0",
    "  resized frames        - hits: 0 of 0",
    "Pipelines: 7 retained, 1 eliminated (13 %); 2 that no other beats in both quality and size",
    "Retained, best quality first:",
    "  p1: quality 0.950, 2.50x smaller, 10 ms each",
    "  p2: quality 0.900, 3.50x smaller, 10 ms each",
    "  p3: quality 0.850, 4.50x smaller, 10 ms each",
    "  p4: quality 0.800, 5.50x smaller, 10 ms each",
    "  p5: quality 0.750, 6.50x smaller, 10 ms each",
    "  and 2 more: see elimination_summary.json",
    "Eliminated:",
    "  p8: quality 0.600, 9.50x smaller, 10 ms each; among the best for no kind of content",
    "Engines: gifenc 1.0.3",
    "Left out: 2 pipelines, as ffmpeg is not on PATH",
    "Results: results/runs/001-p-04-11-26",
    "Go on with: giflab run --resume results/runs/001-p-04-11-26",
  ]);
});

it("says that frames were not written, and how they are", () => {
  expect(formatRunSummary({ ...summary, interrupted: false, extractFrames: false })).toMatch(
    /Results: results\/runs\/001-p-04-11-26 \(without PNG files of the frames: --extract-frames writes them\)$/,
  );
});

it("says in a line that caches were not used", () => {
  const caches = { frame: quiet, validation: quiet, resize: quiet };
  expect(
    formatRunSummary({ ...summary, caches })
      .split("\n")
      .slice(5, 6),
  ).toEqual(["Caches: not used"]);
});

it("gives the way to go on as a command that can be pasted", () => {
  const last = formatRunSummary({ ...summary, outputFolder: "my runs/it's" }, ["--max-pixels", "7"])
    .split("\n")
    .at(-1);
  expect(last).toBe("Go on with: giflab run --max-pixels 7 --resume 'my runs/it'\\''s'");
});
