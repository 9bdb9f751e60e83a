import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const BUILT = new URL("../../../../packages/monitoring/dist/index.js", import.meta.url);

/** Whether programs run with the built packages, as a user's do. Sources take more memory: they are stripped of types. */
export const runsBuilt: boolean = existsSync(BUILT);

/** Runs a program of this folder in a process of its own, and returns the JSON it printed. */
export async function runProgram<Result>(file: string, ...args: readonly string[]): Promise<Result> {
  const { stdout } = await run(process.execPath, [...commandLine(file), ...args]);
  return JSON.parse(stdout) as Result;
}

/** A program of this folder that answers each line with a line of JSON, and ends when there are no more. */
export class LineProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(file: string, ...args: readonly string[]) {
    this.#child = spawn(process.execPath, [...commandLine(file), ...args], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: Interface = createInterface({ input: this.#child.stdout! });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Sends a line (without its end) and waits for the answer. Rejects when the program ends without one. */
  async ask<Answer>(line: string): Promise<Answer> {
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`${this.#child.spawnargs.join(" ")} ended without an answer`);
    return JSON.parse(value) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    if (this.#child.exitCode !== null) return;
    this.#child.stdin!.end();
    await ended;
  }
}

function commandLine(file: string): string[] {
  const conditions = runsBuilt ? [] : ["--conditions=@giflab/source"];
  return ["--expose-gc", ...conditions, fileURLToPath(new URL(file, import.meta.url))];
}
