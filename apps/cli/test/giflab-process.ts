import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command as it is installed: `pnpm build` comes before the tests. */
export const GIFLAB: string = fileURLToPath(new URL("../bin/giflab.js", import.meta.url));

/** How a process ended and what it wrote. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Variables that would lead the command elsewhere, or colour what it prints. */
const LEFT_OUT = /^(GIFLAB_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|VITEST)/;

/** An environment without this repository's or the developer's settings. */
export function cleanEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !LEFT_OUT.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...added };
}

/** Starts a Node.js process and collects what it writes. */
export function startNode(
  args: readonly string[],
  { cwd, env }: RunOptions = {},
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const child = spawn(process.execPath, args, {
    cwd,
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs `giflab ARGS` to its end. */
export function giflab(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return startNode([GIFLAB, ...args], options).finished;
}
