import type { SocketOptions } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { StatsD } from "hot-shots";
import type { Datagram } from "./datagram-packer.ts";
import type { Sent, Transport } from "./transport.ts";

/** Datagrams sent before the event loop gets a turn: less than a millisecond. */
const DATAGRAMS_A_TURN = 50;
/** How long an address found for a host name is used. */
const ADDRESS_SECONDS = 60;

/**
 * Sends datagrams through a hot-shots client, which owns the socket. It keeps no process alive. A server that is not there
 * goes unnoticed, as UDP has it; what the operating system refuses (no such host, no route) is not tried again.
 */
export class UdpTransport implements Transport {
  readonly retries = false;
  /** UDP knows of none: nothing is promised of what was sent. */
  readonly bytesInFlight = 0;
  readonly bytesAbandoned = 0;
  readonly address: string;
  readonly #client: StatsD;

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.address = `${host}:${port}`;
    this.#client = new StatsD({
      host,
      port,
      protocol: "udp",
      // Socket errors come with the callback of the datagram they belong to.
      errorHandler: () => {},
      closingFlushInterval: 1,
      udpSocketOptions: { type: isIP(host) === 6 ? "udp6" : "udp4", lookup: rememberingLookup() },
    });
  }

  /** One after the other, so that a burst does not overflow the server's socket; gives the rest up after a failure. */
  async send(datagrams: readonly Datagram[]): Promise<Sent> {
    for (const [taken, { data }] of datagrams.entries()) {
      // Sending is mostly over before it returns, so that the event loop would not get a turn by itself.
      if (taken > 0 && taken % DATAGRAMS_A_TURN === 0) await new Promise(setImmediate);
      const error = await this.#send(data);
      if (error !== undefined) return { taken, error };
    }
    return { taken: datagrams.length };
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#client.close(() => resolve()));
  }

  #send(data: Buffer): Promise<Error | undefined> {
    return new Promise((resolve) => {
      // The lines are ready and packed, with their sample rate written into them. The client's own `timing` would take a
      // rate as an order to drop at random.
      this.#client.socket.send(data, (error) => resolve(error ?? undefined));
    });
  }
}

type Lookup = NonNullable<SocketOptions["lookup"]>;

/** Looks a host name up once a minute instead of once a datagram; IPv4, as the socket is. */
function rememberingLookup(): Lookup {
  const found = new Map<string, { readonly address: string; readonly until: number }>();
  return (hostname, _options, callback) => {
    // The socket also asks for the address it binds to, which is numeric like that of many servers.
    const numeric = isIP(hostname);
    if (numeric !== 0) {
      callback(null, hostname, numeric);
      return;
    }
    const known = found.get(hostname);
    if (known !== undefined && performance.now() < known.until) {
      callback(null, known.address, 4);
      return;
    }
    lookup(hostname, { family: 4 }, (error, address) => {
      if (error === null) found.set(hostname, { address, until: performance.now() + ADDRESS_SECONDS * 1000 });
      callback(error, address, 4);
    });
  };
}
