// GIFs
export { decodeGif, decodeGifBytes, decodeIndexed, type IndexedGif, renderIndexed } from "./gif/decode-gif.ts";
export type { IndexedImage } from "./gif/decode-images.ts";
export type { DecodedGif, GifFrame } from "./gif/decoded-gif.ts";
export { type EncodeGifOptions, encodeGif } from "./gif/encode-gif.ts";
export { GifError, type GifErrorCode } from "./gif/gif-error.ts";
export { type GifInfo, readGifInfo } from "./gif/gif-info.ts";
export type { GifLimits } from "./gif/gif-limits.ts";
export { makeSampleGifs } from "./gif/make-sample-gifs.ts";
export { selectFrames } from "./gif/select-frames.ts";

// Quality
export { compareFrames, type FrameComparison } from "./quality/compare-frames.ts";
export { compositeQuality, efficiency, type QualityMeans } from "./quality/composite-quality.ts";
export { FRAME_METRICS, type FrameMetric } from "./quality/frame-metrics.ts";
export { Picture } from "./quality/picture.ts";
export { type PictureSize, resizeArea } from "./quality/resize-area.ts";
