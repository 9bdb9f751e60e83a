import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ReceiverOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Files that it finds in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Resolves to whether it answers; asked every 50 ms until it does or the process ends. It is given what has been printed
   * since this start.
   */
  readonly ready: (output: () => string) => Promise<boolean>;
  /** Seconds after which starting has failed; default 20. */
  readonly startSeconds?: number;
}

/** A real server on loopback, started for tests and stopped by its process. */
export class Receiver implements AsyncDisposable {
  /** Where it runs; a new temporary folder, which `stop()` deletes. */
  readonly folder: string;
  readonly #options: ReceiverOptions;
  #process: ChildProcess | undefined;
  #output = "";
  #started = "";

  private constructor(options: ReceiverOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), "giflab-receiver-"));
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(this.folder, name), text);
  }

  /** Starts it and waits until it answers. Rejects with what it printed when it ends or does not answer in time. */
  static async start(options: ReceiverOptions): Promise<Receiver> {
    const receiver = new Receiver(options);
    try {
      await receiver.start();
    } catch (error) {
      await receiver.stop();
      throw error;
    }
    return receiver;
  }

  /** What it has printed so far, its last 100,000 characters. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The same again after `halt()`, with the data that is in its folder. */
  async start(): Promise<void> {
    if (this.running) return;
    const { command, args, env, ready, startSeconds = 20 } = this.#options;
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#started = "";
    let failed: Error | undefined;
    child.once("error", (error) => {
      failed = error;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-100_000);
        this.#started = (this.#started + text).slice(-100_000);
      });
    }
    const deadline = performance.now() + startSeconds * 1000;
    while (!(await ready(() => this.#started).catch(() => false))) {
      if (failed !== undefined || !this.running || performance.now() > deadline) {
        const why = failed?.message ?? (this.running ? "it does not answer" : `it ended with ${child.exitCode}`);
        throw new Error(`${command} did not start: ${why}\n${this.#output}`);
      }
      await pause();
    }
  }

  /** Sends the process a signal: `SIGSTOP` lets it hang, until `SIGCONT`. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends the process and keeps its folder. */
  async halt(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.running || child.pid === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const force = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(force);
  }

  /** Ends the process and deletes its folder. */
  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A TCP port on loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether a URL answers with success. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.ok;
}

/** Asks `look` every 50 ms until it says yes; rejects after `seconds`, with what `describe` says. For servers that work at their own pace. */
export async function eventually(
  look: () => boolean | Promise<boolean>,
  {
    seconds = 20,
    describe = () => "it did not happen",
  }: { readonly seconds?: number; readonly describe?: () => string } = {},
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${describe()}`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
