import type { Logger } from "pino";
import type { EngineLimits } from "../engines/engine-limits.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { LeftOutPipeline } from "../pipeline/runnable-preset.ts";
import type { PipelineServices } from "./pipeline-services.ts";

/** One run of a preset over GIFs. */
export interface RunOptions {
  readonly preset: Preset;
  /** Pipelines that were taken out of the preset, for the summary. */
  readonly leftOut?: readonly LeftOutPipeline[];
  /** Files and folders, in this order. */
  readonly paths: readonly string[];
  /** What `run.json` names as input; default `paths`. */
  readonly inputs?: readonly string[];
  /** Where the numbered folder of this run is made. */
  readonly outputFolder: string;
  /** The folder of an earlier run to go on with: what is in its rows is not done again. */
  readonly resumeFolder?: string;
  readonly services: PipelineServices;
  readonly limits?: GifLimits;
  /** What a call of an external engine may cost. */
  readonly engineLimits?: EngineLimits;
  /** How `services` samples frames: told in `run.json`, as rows of other samplings do not mix. */
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** GIFs in flight at once; default 1. */
  readonly workers?: number;
  /** Composite quality below which a pipeline is eliminated, 0 to 1. Default 0.3. */
  readonly threshold?: number;
  /** Frames as PNG files. Default: yes for up to 100 GIFs. */
  readonly extractFrames?: boolean;
  readonly logger: Logger;
  readonly giflabVersion: string;
  readonly codeCommit?: string;
  /** Aborting ends the run between two comparisons; what is done is kept. */
  readonly signal?: AbortSignal;
  /** Told before the first file begins: how many there are, and how many of them are done already. */
  readonly onStart?: (total: number, done: number) => void;
  /** Called as files end. */
  readonly onProgress?: (done: number, path: string) => void;
}
