import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { MetricsError } from "@giflab/metrics-core";
import type { DgramSocket } from "node-unix-socket";
import type { Datagram } from "./datagram-packer.ts";
import type { Sent, Transport } from "./transport.ts";

export interface UnixOptions {
  readonly path: string;
  readonly timeoutSeconds: number;
}

const QUEUE_LENGTH = "/proc/sys/net/unix/max_dgram_qlen";
/** Where the kernel does not say: what Linux distributions with systemd set. */
const USUAL_QUEUE_LENGTH = 512;
const PAUSE_MS = { first: 1, longest: 50 } as const;

/**
 * Sends datagrams to a Unix socket. The kernel puts each into the queue of the server's socket or refuses it: a server that
 * is away or slow is noticed. What is in the queue when a server goes away is lost, and is at most as many of the last
 * datagrams as the queue holds.
 *
 * On `node-unix-socket` and not on hot-shots' `unix-dgram`: that one is compiled on installation, anew for each version of
 * Node.js, and an open socket of either keeps the process alive. So there is one only while datagrams are handed over,
 * without returning to the event loop.
 */
export class UnixTransport implements Transport {
  readonly retries = true;
  readonly address: string;
  readonly #timeoutSeconds: number;
  readonly #Socket: new () => DgramSocket;
  readonly #queueLength = queueLength();
  /** Sizes of the last datagrams that were taken: those that may still wait in the queue. */
  #queued: number[] = [];
  #abandoned = 0;
  /** Which socket file it was; a server that starts again makes a new one. */
  #server = "";

  /** Throws `BACKEND_MISSING`. */
  constructor(options: UnixOptions) {
    this.address = options.path;
    this.#timeoutSeconds = options.timeoutSeconds;
    this.#Socket = socketClass();
  }

  get bytesInFlight(): number {
    return this.#abandoned + total(this.#queued);
  }

  get bytesAbandoned(): number {
    return this.#abandoned;
  }

  async send(datagrams: readonly Datagram[]): Promise<Sent> {
    let taken = 0;
    let pause: number = PAUSE_MS.first;
    let deadline = performance.now() + this.#timeoutSeconds * 1000;
    while (taken < datagrams.length) {
      this.#lookAtServer();
      const handed = this.#handOver(datagrams.slice(taken));
      taken += handed.taken;
      if (handed.error !== undefined) {
        this.#abandon();
        return { taken, error: handed.error };
      }
      if (taken === datagrams.length) break;
      if (handed.taken > 0) {
        deadline = performance.now() + this.#timeoutSeconds * 1000;
        pause = PAUSE_MS.first;
      } else if (performance.now() > deadline) {
        const error = new Error(`the server has read nothing for ${this.#timeoutSeconds} s`);
        return { taken, error, busy: true };
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(PAUSE_MS.longest, pause * 2);
    }
    return { taken };
  }

  async close(): Promise<void> {}

  /** Hands over what the queue has room for, in one go. */
  #handOver(datagrams: readonly Datagram[]): Sent {
    let socket: DgramSocket | undefined;
    let taken = 0;
    try {
      socket = new this.#Socket();
      socket.on("error", () => {});
      for (const { data } of datagrams) {
        const outcome = handOver(socket, data, this.address);
        if (outcome === "full") break;
        if (outcome !== "taken") return { taken, error: outcome };
        taken++;
        this.#queued.push(data.length);
      }
      return { taken };
    } catch (error) {
      return { taken, error: error as Error };
    } finally {
      this.#queued = this.#queued.slice(-this.#queueLength);
      socket?.close();
    }
  }

  #lookAtServer(): void {
    const found = statSync(this.address, { bigint: true, throwIfNoEntry: false });
    const server = found === undefined ? "" : `${found.ino} ${found.ctimeNs}`;
    if (server !== this.#server) this.#abandon();
    this.#server = server;
  }

  #abandon(): void {
    this.#abandoned += total(this.#queued);
    this.#queued = [];
  }
}

/** Whether the socket takes a datagram at once. Its callback comes before it returns, or, with a full queue, later or never. */
function handOver(socket: DgramSocket, data: Buffer, path: string): "taken" | "full" | Error {
  let outcome: "taken" | "full" | Error = "full";
  socket.sendTo(data, 0, data.length, path, (error) => {
    outcome = error ?? "taken";
  });
  return outcome;
}

function socketClass(): new () => DgramSocket {
  try {
    return (createRequire(import.meta.url)("node-unix-socket") as typeof import("node-unix-socket")).DgramSocket;
  } catch (cause) {
    throw new MetricsError(
      "BACKEND_MISSING",
      'protocol "unix" needs node-unix-socket, which is ready-made for Linux and macOS: npm install node-unix-socket',
      { cause },
    );
  }
}

/** How many datagrams may wait in a socket's queue; Linux lets one more in than it says. */
function queueLength(): number {
  try {
    return Number(readFileSync(QUEUE_LENGTH, "utf8")) + 1 || USUAL_QUEUE_LENGTH;
  } catch {
    return USUAL_QUEUE_LENGTH;
  }
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
