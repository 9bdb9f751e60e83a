import type { ExternalEngineName } from "../engines/external-engine.ts";
import type { PipelineParameters, PipelineStep, StepSlot } from "./pipeline-step.ts";

/** Steps in the order they are applied, and what they run with. */
export interface Pipeline {
  /**
   * The steps' names, each with its value: `even-frame-0.5_quantise-color-32_tolerance-lossy-40`. Two pipelines with the
   * same id do the same; safe as a file's name.
   */
  readonly id: string;
  /** At most one for each slot: frame, color, lossy. */
  readonly steps: readonly PipelineStep[];
  readonly parameters: PipelineParameters;
  /** The external engines it cannot do without, each once. */
  readonly engines: readonly ExternalEngineName[];
}

/** The parameters that have an effect in a pipeline: those its steps take. */
export type AppliedParameters = { readonly [name in keyof PipelineParameters]: number | undefined };

const SLOTS: readonly StepSlot[] = ["frame", "color", "lossy"];
const PARAMETER_OF: Readonly<Record<StepSlot, keyof PipelineParameters>> = {
  frame: "frameRatio",
  color: "colors",
  lossy: "lossy",
};

function checkParameters({ colors, lossy, frameRatio }: PipelineParameters): void {
  if (!(Number.isInteger(colors) && colors >= 2 && colors <= 256)) {
    throw new RangeError(`colors must be a whole number from 2 to 256, got ${colors}`);
  }
  if (!(lossy >= 0 && lossy <= 100)) throw new RangeError(`lossy must be 0 to 100, got ${lossy}`);
  if (!(frameRatio > 0 && frameRatio <= 1)) throw new RangeError(`frameRatio must be above 0, to 1, got ${frameRatio}`);
}

/**
 * A pipeline of these steps, named by them and by the parameters they take.
 *
 * @throws RangeError for a parameter out of range, or steps that are not in the order frame, color, lossy
 */
export function makePipeline(steps: readonly PipelineStep[], parameters: PipelineParameters): Pipeline {
  checkParameters(parameters);
  const slots = steps.map(({ slot }) => SLOTS.indexOf(slot));
  if (steps.length === 0 || slots.some((slot, at) => at > 0 && slot <= slots[at - 1]!)) {
    const got = steps.map(({ slot }) => slot).join(", ") || "none";
    throw new RangeError(`steps must be one or more of frame, color, lossy in this order, got ${got}`);
  }
  const id = steps.map(({ name, slot }) => `${name}-${parameters[PARAMETER_OF[slot]]}`).join("_");
  const engines = new Set(steps.flatMap((step) => (step.kind === "file" ? [step.engine] : [])));
  return { id, steps, parameters, engines: [...engines] };
}

/** What a pipeline's rows say it was run with: `undefined` where no step takes the parameter. */
export function appliedParameters({ steps, parameters }: Pipeline): AppliedParameters {
  const taken = new Set(steps.map(({ slot }) => PARAMETER_OF[slot]));
  const applied = (name: keyof PipelineParameters): number | undefined =>
    taken.has(name) ? parameters[name] : undefined;
  return { colors: applied("colors"), lossy: applied("lossy"), frameRatio: applied("frameRatio") };
}
