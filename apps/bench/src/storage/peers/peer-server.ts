import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_SECONDS = 60;

/** How a server is started. */
export interface ServerProgram {
  readonly binary: string;
  readonly options: (address: string) => readonly string[];
  /** Answers 200 once it is ready. */
  readonly healthPath: string;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly PromResult[] };
}

/** One series of an answer; `value` of an instant query is a time and a number as text. */
export interface PromResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
}

/** A server with Prometheus' query API on loopback, started here and stopped when it is disposed of. */
export class PeerServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #kill = (): void => void this.#child.kill("SIGKILL");

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
    process.once("exit", this.#kill);
  }

  static async start({ binary, options, healthPath }: ServerProgram): Promise<PeerServer> {
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(binary, options(address), { stdio: ["ignore", "ignore", "inherit"] });
    const server = new PeerServer(child, `http://${address}`);
    for (const until = performance.now() + START_SECONDS * 1000; ; ) {
      const answer = await fetch(server.#url + healthPath).catch(() => undefined);
      if (answer?.ok === true) return server;
      if (child.exitCode !== null || performance.now() > until) {
        await server[Symbol.asyncDispose]();
        throw new Error(`${binary} did not start within ${START_SECONDS} s`);
      }
      await pause(50);
    }
  }

  /** Posts a body, or nothing, and waits for the end of the answer. Throws when it is not a success. */
  async post(path: string, body = ""): Promise<void> {
    const answer = await fetch(this.#url + path, { method: "POST", body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
  }

  /** Asks `/api/v1/query` or `query_range`. Throws when the server refuses. */
  async query(path: "query" | "query_range", parameters: Record<string, string>): Promise<readonly PromResult[]> {
    const answer = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = (await answer.json()) as QueryAnswer;
    if (status !== "success") throw new Error(`${parameters["query"]}: ${error}`);
    return data!.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener("exit", this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** Version of an installed Debian package, or `undefined`. */
export function packageVersion(name: string): string | undefined {
  try {
    // Without a terminal to complain to: a package that is not there is no error here.
    const about = execFileSync("dpkg-query", ["--status", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (!about.includes("ok installed")) return undefined;
    return /^Version: ([^\s+-]+)/m.exec(about)?.[1];
  } catch {
    return undefined;
  }
}

/** Bytes of all files in a folder. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
