import { InterruptedError } from "./pause.ts";

const CODES = ["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EMFILE", "EIO"];

/**
 * Throws what ends the run: interruptions, and errors of writing results, which every following file would meet too.
 * Anything else is about one file or pipeline and becomes a row.
 */
export function rethrowFatal(error: unknown): void {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof InterruptedError || (syscall !== undefined && CODES.includes(code ?? ""))) throw error;
}
