import { type DetectedEngines, detectEngines } from "../engines/detect-engines.ts";
import { EngineError } from "../engines/engine-error.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Preset } from "./preset.ts";

/** A pipeline that cannot run on this machine. */
export interface LeftOutPipeline {
  readonly pipelineId: string;
  /** For a sentence: "gifsicle is not on PATH: install the package gifsicle". */
  readonly reason: string;
}

/** What of a preset can run here. */
export interface RunnablePreset {
  /** The preset with the pipelines that can run, in their order. */
  readonly preset: Preset;
  readonly leftOut: readonly LeftOutPipeline[];
}

/**
 * Takes the pipelines out of a preset whose engines are not there. Looks for engines only if one is needed.
 *
 * @param detected default: what is on PATH
 * @throws EngineError `MISSING` when none is left: the message names the packages to install
 */
export async function runnablePreset(
  preset: Preset,
  detected?: Pick<DetectedEngines, "missing">,
): Promise<RunnablePreset> {
  if (preset.pipelines.every(({ engines }) => engines.length === 0)) return { preset, leftOut: [] };
  const { missing } = detected ?? (await detectEngines());
  const pipelines: Pipeline[] = [];
  const leftOut: LeftOutPipeline[] = [];
  for (const pipeline of preset.pipelines) {
    const lacks = missing.filter(({ name }) => pipeline.engines.includes(name));
    const reason = lacks.map((engine) => `${engine.reason}: install the package ${engine.packageName}`).join("; ");
    if (lacks.length === 0) pipelines.push(pipeline);
    else leftOut.push({ pipelineId: pipeline.id, reason });
  }
  if (pipelines.length > 0) return { preset: { ...preset, pipelines }, leftOut };
  const lacks = missing.filter(({ name }) => preset.pipelines.some(({ engines }) => engines.includes(name)));
  const reasons = lacks.map(({ reason }) => reason).join(", ");
  const packages = lacks.map(({ packageName }) => packageName).join(" ");
  throw new EngineError(
    "MISSING",
    `no pipeline of preset ${preset.name} can run here: ${reasons}. Install ${packages} (Debian: apt-get install ${packages})`,
  );
}
