/**
 * Why a GIF could not be used.
 *
 * - `NOT_A_GIF`: the first bytes are not a GIF signature.
 * - `CORRUPT`: a GIF whose structure or pixel data is damaged so that not one pixel could be had.
 * - `EMPTY`: a valid file without a picture (no image in it, or a screen without area).
 * - `TOO_LARGE`: decoding it would exceed a limit; the message names the option to raise.
 * - `UNREADABLE`: the file is missing, not a regular file, or the system refused to read it.
 */
export type GifErrorCode = "CORRUPT" | "EMPTY" | "TOO_LARGE" | "NOT_A_GIF" | "UNREADABLE";

/** The one error the decoder throws for bad input; `code` is for programs, the message says what to do. */
export class GifError extends Error {
  override readonly name = "GifError";
  readonly code: GifErrorCode;

  constructor(code: GifErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
