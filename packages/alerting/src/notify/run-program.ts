import { spawn } from "node:child_process";

const MOST_OUTPUT = 500;

/**
 * Runs a program without a shell, with `input` on its stdin, and ends it when it takes longer than `timeoutSeconds`.
 * Rejects with the exit code and the end of what it wrote to stderr.
 */
export async function runProgram(
  [program, ...args]: readonly string[],
  input: string,
  {
    timeoutSeconds,
    environment,
  }: { readonly timeoutSeconds: number; readonly environment: Readonly<Record<string, string>> },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program!, args, {
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, ...environment },
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-MOST_OUTPUT);
    });
    // A program need not read what it is told.
    child.stdin.on("error", () => {}).end(input);
    child.on("error", (error) => {
      reject(error.name === "AbortError" ? new Error(`${program} took longer than ${timeoutSeconds} s`) : error);
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code ?? signal}${said.trim() === "" ? "" : `: ${said.trim()}`}`));
    });
  });
}
