import type { GifLimits } from "../gif/gif-limits.ts";
import type { PipelineParameters } from "../pipeline/pipeline-step.ts";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import type { FrameMetric } from "../quality/frame-metrics.ts";
import type { GreyLevel } from "../quality/picture.ts";
import type { CarriedError } from "./carried-error.ts";

/** A frame to compare. Its pixels are read when the job begins, not when it is handed over: nobody may change them. */
export interface ComparedImage {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel, row by row. */
  readonly rgba: Uint8ClampedArray | Uint8Array;
  /** Levels of the grey pyramid that are known already, largest first, without the frame's own size. */
  readonly halvings?: readonly GreyLevel[];
}

/** Two frames, and what is to be measured of them. Frames of different sizes are brought to the smaller sides first. */
export interface CompareJob {
  readonly a: ComparedImage;
  readonly b: ComparedImage;
  readonly metrics: readonly FrameMetric[];
}

/** The values of the metrics asked for. */
export type MetricValues = Readonly<Partial<Record<FrameMetric, number>>>;

/** A GIF to take through a pipeline. */
export interface RenderJob {
  /** The GIF file. */
  readonly bytes: Uint8Array;
  /** Of a pipeline in one of the presets, without external engines. */
  readonly pipelineId: string;
  /** Default: the pipeline's own. */
  readonly parameters?: PipelineParameters;
  readonly limits?: GifLimits;
}

/** Where a frame's pixels are in the shared memory that comes with a request. */
export interface PackedImage {
  readonly width: number;
  readonly height: number;
  readonly start: number;
  readonly halvings: readonly { readonly width: number; readonly height: number; readonly start: number }[];
}

/** What a thread is asked. */
export type PixelRequest =
  | {
      readonly kind: "compare";
      readonly id: number;
      readonly pixels: SharedArrayBuffer;
      readonly a: PackedImage;
      readonly b: PackedImage;
      readonly metrics: readonly FrameMetric[];
    }
  | ({ readonly kind: "render"; readonly id: number } & RenderJob);

/** What a thread answers, each request once. */
export type PixelAnswer =
  | { readonly kind: "values"; readonly id: number; readonly values: MetricValues }
  | { readonly kind: "rendered"; readonly id: number; readonly rendered: RenderedGif }
  | { readonly kind: "failed"; readonly id: number; readonly error: CarriedError };
