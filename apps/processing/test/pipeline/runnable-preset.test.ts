import { describe, expect, it } from "vitest";
import type { MissingEngine } from "../../src/engines/detect-engines.ts";
import { limitPipelines } from "../../src/pipeline/limit-pipelines.ts";
import { PRESETS, type Preset } from "../../src/pipeline/preset.ts";
import { runnablePreset } from "../../src/pipeline/runnable-preset.ts";

const NO_GIFSICLE: MissingEngine = { name: "gifsicle", packageName: "gifsicle", reason: "gifsicle is not on PATH" };
const NO_FFMPEG: MissingEngine = { name: "ffmpeg", packageName: "ffmpeg", reason: "ffmpeg is not on PATH" };

function ids({ pipelines }: Preset): string[] {
  return pipelines.map(({ id }) => id);
}

describe("runnablePreset", () => {
  const preset = PRESETS.get("tool-comparison-baseline")!;

  it("leaves everything in where all engines are there", async () => {
    expect(await runnablePreset(preset, { missing: [] })).toEqual({ preset, leftOut: [] });
  });

  it("leaves out what needs a missing engine, and says of each pipeline why", async () => {
    const { preset: runnable, leftOut } = await runnablePreset(preset, { missing: [NO_GIFSICLE] });
    expect(ids(runnable)).toEqual([
      "even-frame-0.5_quantise-color-32_tolerance-lossy-40",
      "ffmpeg-frame-0.5_ffmpeg-color-32",
    ]);
    expect(leftOut).toEqual([
      {
        pipelineId: "gifsicle-frame-0.5_gifsicle-color-32_gifsicle-lossy-40",
        reason: "gifsicle is not on PATH: install the package gifsicle",
      },
      {
        pipelineId: "ffmpeg-frame-0.5_ffmpeg-color-32_gifsicle-lossy-40",
        reason: "gifsicle is not on PATH: install the package gifsicle",
      },
    ]);
    const none = await runnablePreset(preset, { missing: [NO_GIFSICLE, NO_FFMPEG] });
    expect(ids(none.preset)).toEqual(["even-frame-0.5_quantise-color-32_tolerance-lossy-40"]);
    expect(none.leftOut.at(-1)!.reason).toBe(
      "gifsicle is not on PATH: install the package gifsicle; ffmpeg is not on PATH: install the package ffmpeg",
    );
  });

  it("names the packages to install when nothing is left", async () => {
    const external = { ...preset, pipelines: preset.pipelines.slice(1) };
    await expect(runnablePreset(external, { missing: [NO_GIFSICLE, NO_FFMPEG] })).rejects.toMatchObject({
      name: "EngineError",
      code: "MISSING",
      message:
        "no pipeline of preset tool-comparison-baseline can run here: gifsicle is not on PATH, ffmpeg is not on PATH. " +
        "Install gifsicle ffmpeg (Debian: apt-get install gifsicle ffmpeg)",
    });
  });
});

describe("limitPipelines", () => {
  it("takes pipelines of each kind of engine by turns and keeps their order", () => {
    const { pipelines } = PRESETS.get("color-optimization")!;
    const limited = (most: number) => limitPipelines(pipelines, most).map(({ id }) => id);
    expect(limited(1)).toEqual(["quantise-color-256"]);
    expect(limited(4)).toEqual(["quantise-color-256", "gifsicle-color-256", "ffmpeg-color-256", "quantise-color-128"]);
    const uneven = [...pipelines.filter(({ engines }) => engines.length === 0), pipelines[1]!];
    expect(limitPipelines(uneven, 3).map(({ id }) => id)).toEqual([
      "quantise-color-256",
      "quantise-color-128",
      "gifsicle-color-256",
    ]);
  });

  it("keeps all at 0, and at a number that is large enough", () => {
    const { pipelines } = PRESETS.get("quick-test")!;
    for (const most of [0, 2, 100]) expect(limitPipelines(pipelines, most)).toEqual(pipelines);
    expect(() => limitPipelines(pipelines, -1)).toThrow(
      new RangeError("maxPipelines must be 0 (all) or a positive whole number, got -1"),
    );
  });
});
