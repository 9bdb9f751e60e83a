import { GifError, type GifErrorCode } from "../gif/gif-error.ts";

/** An error as it travels between threads, where classes and own properties of errors are lost. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

export function packError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: undefined, stack: undefined };
  const { name, message, stack } = error;
  const { code } = error as NodeJS.ErrnoException;
  return { name, message, code: code === undefined ? undefined : String(code), stack };
}

/** The error with its name, message and code: a `GifError` or `RangeError` again, else an `Error`. */
export function unpackError({ name, message, code, stack }: CarriedError): Error {
  const error = blank(name, message, code);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
  if (code !== undefined && !("code" in error)) Object.assign(error, { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function blank(name: string, message: string, code: string | undefined): Error {
  // The code was a `GifErrorCode` in the other thread: same program, same codes.
  if (name === "GifError") return new GifError(code as GifErrorCode, message);
  return name === "RangeError" ? new RangeError(message) : new Error(message);
}
