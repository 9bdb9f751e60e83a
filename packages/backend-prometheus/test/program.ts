import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of `fixtures/` in a process of its own, which talks in lines on stdout. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string) => void)[] = [];
  errors = "";

  constructor(fixture: string, environment: Readonly<Record<string, string>> = {}) {
    const file = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
    this.child = spawn(process.execPath, ["--conditions=@giflab/source", file], {
      env: { ...process.env, NODE_OPTIONS: "", ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#lines.push(line);
      else next(line);
    });
  }

  /** The next line that it prints. */
  line(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    this.child.once("exit", () => reject(new Error(`the program ended: ${this.errors}`)));
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}
