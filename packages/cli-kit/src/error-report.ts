import { isMetricsError } from "@giflab/metrics-core";
import { CommandError } from "./command-error.ts";

/** True with `GIFLAB_LOG_LEVEL=DEBUG` (or TRACE, in any case): verbose diagnostics on stderr and stacks of errors. */
export function isDebugging(): boolean {
  return /^(debug|trace)$/i.test(process.env["GIFLAB_LOG_LEVEL"] ?? "");
}

/**
 * The text that a failed command leaves on stderr. Expected errors (CommandError, MetricsError) are their message;
 * an unexpected one says so and how to see its stack. Stacks only while debugging.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected error: ${String(error)}`;
  const expected = isCommandError(error) || isMetricsError(error);
  const message = expected ? error.message : `unexpected error: ${error.message || error.name}`;
  if (isDebugging()) return `${message}\n${stackOf(error)}`;
  return expected ? message : `${message} (GIFLAB_LOG_LEVEL=DEBUG shows where)`;
}

/** Ours, of whatever copy of this package, and the framework's own, such as a flag without its value. */
function isCommandError(error: Error): boolean {
  return error instanceof CommandError || error.name === "CommandError" || "oclif" in error;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
