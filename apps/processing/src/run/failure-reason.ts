import { GifError, type GifErrorCode } from "../gif/gif-error.ts";

/** Why a file could not be processed, in a word or two: what the summary counts by. */
export type FailureReason = "corrupt" | "empty" | "too large" | "not a GIF" | "unreadable" | "failed";

const REASONS: Readonly<Record<GifErrorCode, FailureReason>> = {
  CORRUPT: "corrupt",
  EMPTY: "empty",
  TOO_LARGE: "too large",
  NOT_A_GIF: "not a GIF",
  UNREADABLE: "unreadable",
};

export function failureReason(error: unknown): FailureReason {
  return error instanceof GifError ? REASONS[error.code] : "failed";
}
