/**
 * An error that a command reports to whoever typed it: one message on stderr, then `exitCode`.
 * The message says what is wrong and what to do; no stack is shown.
 */
export class CommandError extends Error {
  /** 1 to 255. By default 2: the command was used wrongly or cannot answer. */
  readonly exitCode: number | undefined;

  /** @param exitCode default: the command's own code for errors (2; 3 for `metrics alerts`). */
  constructor(message: string, exitCode?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
