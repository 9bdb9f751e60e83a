import { connect, type Socket } from "node:net";
import type { Datagram } from "./datagram-packer.ts";
import type { Sent, Transport } from "./transport.ts";

export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutSeconds: number;
}

/** What one connection carries, and so the most that is in flight when it breaks: about 8,000 counters. */
const CONNECTION_BYTES = 262_144;

/**
 * Sends each snapshot over a connection of its own, a large one over several in a row, and ends it. A server that reads to
 * the end and then ends its side, as they all do, says by that that it has read everything: TCP itself only says that a
 * system has buffered it. What was written to a connection that ends in any other way is in flight for ever.
 *
 * On `node:net` and not on hot-shots, whose TCP transport writes text as ASCII (`ö` arrives as a lone byte 0xF6), cannot
 * end a connection but only destroys it, and so never knows what arrived.
 */
export class TcpTransport implements Transport {
  readonly retries = true;
  readonly address: string;
  readonly #options: TcpOptions;
  #abandoned = 0;
  #underWay = 0;

  constructor(options: TcpOptions) {
    this.#options = options;
    this.address = `${options.host}:${options.port}`;
  }

  get bytesInFlight(): number {
    return this.#abandoned + this.#underWay;
  }

  get bytesAbandoned(): number {
    return this.#abandoned;
  }

  async send(datagrams: readonly Datagram[]): Promise<Sent> {
    let taken = 0;
    while (taken < datagrams.length) {
      const part = firstBytes(datagrams.slice(taken), CONNECTION_BYTES);
      const sent = await this.#sendPart(part);
      taken += sent.taken;
      // Not on to the next one when nothing is known of this one.
      if (!sent.confirmed && taken < datagrams.length) return { taken, error: sent.error };
    }
    return { taken };
  }

  async close(): Promise<void> {}

  async #sendPart(datagrams: readonly Datagram[]): Promise<Conversation> {
    const { host, port, timeoutSeconds } = this.#options;
    const socket = connect({ host, port });
    socket.setTimeout(timeoutSeconds * 1000, () => {
      socket.destroy(new Error(`no answer within ${timeoutSeconds} s`));
    });
    const part = await this.#converse(socket, datagrams);
    if (!part.confirmed) this.#abandoned += this.#underWay;
    this.#underWay = 0;
    return part;
  }

  /** Resolves when the connection is over, whichever side ended it. */
  #converse(socket: Socket, datagrams: readonly Datagram[]): Promise<Conversation> {
    let taken = 0;
    let confirmed = false;
    let error: Error | undefined;
    const writeNext = (): void => {
      const datagram = datagrams[taken];
      if (datagram === undefined) {
        socket.end();
      } else if (socket.writable) {
        // Counted before it is known to have been taken: one that fails may have been taken in part, and sent again would
        // be counted twice.
        this.#underWay += datagram.data.length;
        taken++;
        socket.write(datagram.data, (failure) => {
          if (failure == null) writeNext();
        });
      }
    };
    return new Promise((resolve) => {
      socket.once("connect", writeNext);
      socket.once("error", (cause) => {
        error = cause;
      });
      // What a server says is not read but thrown away: only then does its end arrive.
      socket.resume();
      socket.once("end", () => {
        confirmed = taken === datagrams.length && socket.writableEnded;
      });
      socket.once("close", () => {
        resolve({ taken, confirmed: confirmed && error === undefined, error: error ?? CLOSED_EARLY });
      });
    });
  }
}

interface Conversation {
  readonly taken: number;
  readonly confirmed: boolean;
  readonly error: Error;
}

const CLOSED_EARLY = new Error("the server ended the connection before it had everything");

/** As many from the first on as fit; one at least. */
function firstBytes(datagrams: readonly Datagram[], limit: number): readonly Datagram[] {
  let bytes = 0;
  const beyond = datagrams.findIndex(({ data }) => {
    bytes += data.length;
    return bytes > limit;
  });
  return beyond === -1 ? datagrams : datagrams.slice(0, Math.max(1, beyond));
}
