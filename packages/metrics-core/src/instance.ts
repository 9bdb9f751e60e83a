import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";

/** Which process, and which run of it, recorded something. */
export interface InstanceIdentity {
  /** Name of the program; default: the nearest package.json's name. */
  readonly service: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  /** 0 in the main thread, otherwise `worker_threads.threadId`. */
  readonly thread: number;
  /** Epoch seconds at which the process began. */
  readonly startTime: number;
  /** 16 random hex digits: unique per collector, also across hosts and restarts. */
  readonly writerId: string;
}

/** The identity of a collector in this process; what is not given is found out. Reads at most a few package.json files. */
export function identifyInstance(given: {
  readonly service?: string | undefined;
  readonly version?: string | undefined;
}): InstanceIdentity {
  const found = given.service !== undefined && given.version !== undefined ? undefined : nearestPackage();
  return Object.freeze({
    service: given.service ?? found?.name ?? "node",
    version: given.version ?? found?.version ?? "",
    host: hostname(),
    pid: process.pid,
    thread: isMainThread ? 0 : threadId,
    startTime: Math.round(performance.timeOrigin) / 1000,
    writerId: randomWriterId(),
  });
}

/** Name and version in the package.json nearest to the main script, or to the working directory without one. */
function nearestPackage(): { readonly name?: string; readonly version?: string } | undefined {
  const main = process.argv[1];
  for (let folder = main === undefined ? process.cwd() : dirname(main); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
        string,
        unknown
      >;
      if (typeof name === "string" && name !== "") {
        return { name, ...(typeof version === "string" ? { version } : {}) };
      }
    } catch {
      // No readable package.json here: look further up.
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function randomWriterId(): string {
  // The global loads the cryptography module only now: a program that merely reads metrics never does.
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
}
