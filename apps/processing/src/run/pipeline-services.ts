import type { RgbaImage } from "../caching/rgba-image.ts";
import type { ComparedFrame } from "../comparison/compared-frame.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import type { Animation } from "../pipeline/animation.ts";
import type { FrameMetric } from "../quality/frame-metrics.ts";
import type { GreyLevel } from "../quality/picture.ts";
import type { PictureSize } from "../quality/resize-area.ts";
import type { ConfidenceInterval } from "../sampling/confidence-interval.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";

/** Which frames of an animation were looked at. */
export interface FrameSampling {
  /** Ascending positions. */
  readonly indices: readonly number[];
  /** How many frames each of them stands for, itself included. */
  readonly weights: readonly number[];
  readonly strategyUsed: string;
  /** Of the mean of what the work gave; absent when no frame was left out. */
  readonly confidenceInterval: ConfidenceInterval | undefined;
}

/** What the pipeline needs of caches, sampler and heavy modules. */
export interface PipelineServices {
  /** The frames of the file at `path`, decoded from `bytes` unless they are known. */
  decode(path: string, bytes: Uint8Array): Promise<DecodedGif>;
  /** A metric's value as it was measured before, or `undefined`. */
  knownMetric(name: FrameMetric, a: ComparedFrame, b: ComparedFrame): number | undefined;
  /** Keeps a value for next time. */
  keepMetric(name: FrameMetric, a: ComparedFrame, b: ComparedFrame, value: number): void;
  /** Threads for pixel work. They start with their first job. */
  readonly workers: Pick<WorkerPool, "size" | "threads" | "compare" | "render">;
  /** A text that stands for an image's bytes and shape. */
  hash(image: RgbaImage): string;
  /** The image at another size by area averaging; `identity` stands for its content. */
  resize(image: RgbaImage, size: PictureSize, identity: string): RgbaImage;
  /** A level of an image's grey pyramid, from the cache or made. */
  level(identity: string, size: PictureSize, make: () => GreyLevel): GreyLevel;
  /** Memory to work in, given back after use. */
  readonly scratch: { acquire(byteLength: number): ArrayBuffer; release(buffer: ArrayBuffer): void };
  /**
   * Chooses frames of an animation and gives each to `work`, whose values say how well a part stands for the whole; several
   * at once where `concurrency` says so.
   */
  sample(
    animation: Animation,
    work: (position: number) => Promise<number>,
    options?: { readonly concurrency?: (frames: number) => number },
  ): Promise<FrameSampling>;
  /** A PNG of at most `side` pixels a side, or `undefined` when the module for it is not available. */
  preview(image: RgbaImage, side: number): Promise<Uint8Array | undefined>;
  /** Writes what waits, and lets go of everything. */
  close(): Promise<void>;
}
