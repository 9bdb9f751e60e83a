import { FRAME_METRICS } from "./frame-metrics.ts";
import { Picture } from "./picture.ts";
import { psnrDb } from "./squared-error.ts";

/** How alike two frames are. */
export interface FrameComparison {
  /** Mean squared error, 0 (same) to 65025. */
  readonly mse: number;
  readonly rmse: number;
  /** In dB; 100 for identical frames. */
  readonly psnrDb: number;
  /** 0 to 1, 1 is the same; likewise all below but `gmsd`. */
  readonly ssim: number;
  readonly msSsim: number;
  readonly fsim: number;
  /** 0 is the same, larger is worse. */
  readonly gmsd: number;
  readonly chist: number;
  readonly edgeSimilarity: number;
  readonly textureSimilarity: number;
  readonly sharpnessSimilarity: number;
}

/**
 * Compares two RGBA frames of the same size by every metric; transparent pixels count as white. About 0.5 us a pixel.
 *
 * @throws RangeError when a frame's length is not 4 x width x height (bring frames to one size with `resizeArea` first)
 */
export function compareFrames(
  a: Uint8ClampedArray | Uint8Array,
  b: Uint8ClampedArray | Uint8Array,
  size: { readonly width: number; readonly height: number },
): FrameComparison {
  const left = new Picture(a, size.width, size.height);
  const right = new Picture(b, size.width, size.height);
  const mse = FRAME_METRICS.mse(left, right);
  return {
    mse,
    rmse: Math.sqrt(mse),
    psnrDb: psnrDb(mse),
    ssim: FRAME_METRICS.ssim(left, right),
    msSsim: FRAME_METRICS.ms_ssim(left, right),
    fsim: FRAME_METRICS.fsim(left, right),
    gmsd: FRAME_METRICS.gmsd(left, right),
    chist: FRAME_METRICS.chist(left, right),
    edgeSimilarity: FRAME_METRICS.edge_similarity(left, right),
    textureSimilarity: FRAME_METRICS.texture_similarity(left, right),
    sharpnessSimilarity: FRAME_METRICS.sharpness_similarity(left, right),
  };
}
