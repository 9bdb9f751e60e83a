import { expect, it } from "vitest";
import { RunTotals } from "../../src/run/run-totals.ts";

it("keeps the first hundred failures, and counts all", () => {
  const totals = new RunTotals(3);
  for (let n = 0; n < 150; n++) {
    totals.addRow({ orig_filename: `${n}.gif`, success: false });
    const reason = n % 3 === 0 ? "corrupt" : "empty";
    totals.addGif(`${n}.gif`, { succeeded: false, failure: { reason, message: "bad" } });
  }
  totals.addRow({ orig_filename: "a.gif", pipeline_id: "p", success: false });
  expect(totals.failures.map(({ path }) => path)).toEqual(Array.from({ length: 100 }, (_, n) => `${n}.gif`));
  expect(totals.failuresByReason).toEqual({ corrupt: 50, empty: 100 });
  // The row of a GIF that cannot be read stands for three jobs, that of a pipeline for one.
  expect(totals).toMatchObject({ processed: 0, failed: 150, done: 150, jobs: 451, jobsFailed: 451 });
});

it("knows everybody who worked on a result, and the fronts of each kind of content and of all", () => {
  const totals = new RunTotals(1);
  const row = { success: true, pipeline_id: "p", ssim_mean: 1, total_processing_time_ms: 5 };
  const add = (gif: string, content: string, quality: number, ratio: number, engines: string): void =>
    totals.addRow({
      ...row,
      gif_name: gif,
      content_type: content,
      composite_quality: quality,
      compression_ratio: ratio,
      engine_version: engines,
    });
  add("a", "still", 0.9, 2, "gifsicle 1.93 + gifenc 1.0.3");
  add("b", "animation", 0.8, 3, "gifenc 1.0.3");
  add("c", "animation", 0.7, 1, "gifenc 1.0.3");
  expect([...totals.engines]).toEqual(["gifsicle 1.93", "gifenc 1.0.3"]);
  const front = (name: string): unknown[] =>
    totals.fronts
      .get(name)!
      .points()
      .map((point) => point.row.gif_name);
  expect([...totals.fronts.keys()].map((name) => [name, front(name)])).toEqual([
    ["still", ["a"]],
    ["overall", ["a", "b"]],
    ["animation", ["b"]],
  ]);
});
