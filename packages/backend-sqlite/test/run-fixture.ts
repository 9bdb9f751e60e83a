import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A script of `fixtures/` in a process of its own. */
export class Fixture {
  readonly child: ChildProcess;
  output = "";
  readonly #closed: Promise<number | null>;

  constructor(name: string, ...args: readonly string[]) {
    const script = fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
    this.child = spawn(process.execPath, ["--conditions=@giflab/source", script, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // Closed, not exited: what it has said may still be in the pipe.
    this.#closed = once(this.child, "close").then(([code]) => code as number | null);
    this.child.stdout!.on("data", (chunk) => {
      this.output += chunk;
    });
  }

  /** Resolves with the first output. */
  async started(): Promise<void> {
    if (this.output === "") await once(this.child.stdout!, "data");
  }

  /** Resolves with the exit code, `null` after a signal. */
  ended(): Promise<number | null> {
    return this.#closed;
  }
}
