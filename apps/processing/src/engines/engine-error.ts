/**
 * Why an external engine gave no result.
 *
 * - `MISSING`: it is not on PATH, too old, or does not answer; the message names the package to install.
 * - `UNSUPPORTED`: it cannot do what the pipeline asks with this GIF.
 * - `FAILED`: it ended with an error or a signal of its own; the message ends with its last lines.
 * - `TIMEOUT`, `MEMORY`, `OUTPUT`: it was ended at a limit; the message names the option to raise.
 * - `BAD_OUTPUT`: it ended well, but what it wrote is not the GIF that was asked for.
 * - `TEMPORARY_FILE`: its input could not be written to the folder for temporary files.
 * - `ABORTED`: the caller ended it.
 */
export type EngineErrorCode =
  | "MISSING"
  | "UNSUPPORTED"
  | "FAILED"
  | "TIMEOUT"
  | "MEMORY"
  | "OUTPUT"
  | "BAD_OUTPUT"
  | "TEMPORARY_FILE"
  | "ABORTED";

/** The one error of external engines; `code` is for programs, the message says what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
