import { homedir } from "node:os";
import { join } from "node:path";

const folder = (): string => join(homedir(), ".giflab_cache");

/** Default place of the frame cache's file. */
export function defaultFrameCachePath(): string {
  return join(folder(), "frame_cache.db");
}

/** Default place of the validation cache's file. */
export function defaultValidationCachePath(): string {
  return join(folder(), "validation_cache.db");
}

/** Default place of the file through which other processes empty the resized-frame cache. */
export function defaultResizeSignalPath(): string {
  return join(folder(), "resize_cache.cleared");
}
