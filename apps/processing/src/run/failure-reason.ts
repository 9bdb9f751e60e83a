import { EngineError, type EngineErrorCode } from "../engines/engine-error.ts";
import { GifError, type GifErrorCode } from "../gif/gif-error.ts";

/** Why a file could not be processed, in a word or two: what the summary counts by. */
export type FailureReason =
  | "corrupt"
  | "empty"
  | "too large"
  | "not a GIF"
  | "unreadable"
  | "engine missing"
  | "engine failed"
  | "engine at its limit"
  | "failed";

const GIF_REASONS: Readonly<Record<GifErrorCode, FailureReason>> = {
  CORRUPT: "corrupt",
  EMPTY: "empty",
  TOO_LARGE: "too large",
  NOT_A_GIF: "not a GIF",
  UNREADABLE: "unreadable",
};

const ENGINE_REASONS: Readonly<Record<EngineErrorCode, FailureReason>> = {
  MISSING: "engine missing",
  UNSUPPORTED: "engine failed",
  FAILED: "engine failed",
  BAD_OUTPUT: "engine failed",
  TEMPORARY_FILE: "engine failed",
  ABORTED: "engine failed",
  TIMEOUT: "engine at its limit",
  MEMORY: "engine at its limit",
  OUTPUT: "engine at its limit",
};

export function failureReason(error: unknown): FailureReason {
  if (error instanceof GifError) return GIF_REASONS[error.code];
  return error instanceof EngineError ? ENGINE_REASONS[error.code] : "failed";
}
