import { describe, expect, it } from "vitest";
import { appliedParameters, type Pipeline } from "../../src/pipeline/pipeline.ts";
import { findPipeline, PRESETS } from "../../src/pipeline/preset.ts";

const ALL: readonly Pipeline[] = [...PRESETS.values()].flatMap(({ pipelines }) => pipelines);

function ids(name: string): string[] {
  return PRESETS.get(name)!.pipelines.map(({ id }) => id);
}

describe("PRESETS", () => {
  it("begins with quick-test, two pipelines that need no other program", () => {
    expect([...PRESETS.keys()][0]).toBe("quick-test");
    expect(ids("quick-test")).toEqual([
      "even-frame-0.5_quantise-color-32_tolerance-lossy-40",
      "least-change-frame-0.5_quantise-color-32_tolerance-lossy-40",
    ]);
    expect(PRESETS.get("quick-test")!.pipelines.flatMap(({ engines }) => engines)).toEqual([]);
  });

  it("has these presets with so many pipelines", () => {
    const counts = [...PRESETS.values()].map(({ name, pipelines }) => [name, pipelines.length]);
    expect(Object.fromEntries(counts)).toEqual({
      "quick-test": 2,
      "frame-focus": 12,
      "color-optimization": 15,
      "dithering-focus": 8,
      "lossy-quality-sweep": 12,
      "tool-comparison-baseline": 4,
      "full-factorial": 24,
    });
  });

  it("sweeps a parameter over each way of taking the step", () => {
    expect(ids("lossy-quality-sweep").slice(0, 4)).toEqual([
      "tolerance-lossy-0",
      "gifsicle-lossy-0",
      "tolerance-lossy-20",
      "gifsicle-lossy-20",
    ]);
    expect(ids("frame-focus")).toContain("ffmpeg-frame-0.33_quantise-color-32_tolerance-lossy-40");
  });

  it("gives a pipeline one id in a preset, the same wherever it does the same, and fit for a file's name", () => {
    for (const { name, pipelines } of PRESETS.values()) {
      expect({ name, ids: new Set(pipelines.map(({ id }) => id)).size }).toEqual({ name, ids: pipelines.length });
    }
    for (const pipeline of ALL) {
      expect(pipeline.id).toMatch(/^[a-z][a-z0-9._-]+$/);
      const found = findPipeline(pipeline.id)!;
      expect(found.steps).toEqual(pipeline.steps);
      expect(appliedParameters(found)).toEqual(appliedParameters(pipeline));
    }
    expect(findPipeline("none")).toBeUndefined();
  });
});
