/**
 * Makes `giflab ... | head` a quiet success: once the reader has gone there is nobody left to write for, so the process
 * ends with the exit code set so far. Any other error of stdout is thrown on. Safe to call again.
 */
export function endOnBrokenPipe(): void {
  if (process.stdout.listeners("error").includes(onStdoutError)) return;
  process.stdout.on("error", onStdoutError);
  process.stderr.on("error", ignoreBrokenPipe);
}

function onStdoutError(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
