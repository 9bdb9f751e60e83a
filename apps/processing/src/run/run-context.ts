import type { Logger } from "pino";
import type { EngineLimits } from "../engines/engine-limits.ts";
import type { ResolvedGifLimits } from "../gif/gif-limits.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { RunColumns } from "./job-columns.ts";
import type { Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import type { PixelBudget } from "./pixel-budget.ts";
import type { ResultRow } from "./result-row.ts";

/** What processing a GIF needs to know about the run. */
export interface RunContext {
  readonly preset: Preset;
  readonly limits: ResolvedGifLimits;
  readonly engineLimits?: EngineLimits | undefined;
  readonly services: PipelineServices;
  readonly folder: string;
  readonly logger: Logger;
  readonly pause: Pause;
  readonly budget: PixelBudget;
  readonly columns: RunColumns;
  /** Every frame of every GIF as a PNG file. */
  readonly extractFrames: boolean;
  /** Takes each row as it is made. */
  readonly addRow: (row: ResultRow) => Promise<void>;
  /** Told what a job that gave a result looked at. */
  readonly onJob: (work: JobWork) => void;
}

/** What a job looked at. */
export interface JobWork {
  readonly framesDecoded: number;
  readonly framesCompared: number;
}
