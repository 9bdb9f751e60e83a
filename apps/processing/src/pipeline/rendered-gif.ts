import { EngineError } from "../engines/engine-error.ts";
import { decodeGifBytes } from "../gif/decode-gif.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { GifError } from "../gif/gif-error.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import { scanGif } from "../gif/scan-gif.ts";

/**
 * Decodes a GIF that an engine made, all its frames. What would be a warning for somebody's file is an error here.
 *
 * @throws EngineError `BAD_OUTPUT` for a damaged GIF, GifError `TOO_LARGE` beyond `limits`
 */
export function decodeRendered(bytes: Uint8Array, limits: GifLimits = {}): DecodedGif {
  let decoded: DecodedGif;
  try {
    decoded = decodeGifBytes(bytes, { ...limits, maxFrames: Math.max(1, scanGif(bytes).images.length) });
  } catch (error) {
    if (!(error instanceof GifError) || error.code === "TOO_LARGE") throw error;
    throw new EngineError("BAD_OUTPUT", `the result is no GIF: ${error.message}`, { cause: error });
  }
  const [warning] = decoded.warnings;
  if (warning !== undefined) throw new EngineError("BAD_OUTPUT", `the result is damaged: ${warning}`);
  return decoded;
}
