import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A script of `fixtures/` in a process of its own. */
export class Fixture {
  readonly child: ChildProcess;
  output = "";

  constructor(name: string, ...args: readonly string[]) {
    const script = fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
    this.child = spawn(process.execPath, ["--conditions=@giflab/source", script, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child.stdout!.on("data", (chunk) => {
      this.output += chunk;
    });
  }

  /** Resolves with the first output. */
  async started(): Promise<void> {
    if (this.output === "") await once(this.child.stdout!, "data");
  }

  /** Resolves with the exit code, `null` after a signal. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    return (await once(this.child, "close"))[0] as number | null;
  }
}
