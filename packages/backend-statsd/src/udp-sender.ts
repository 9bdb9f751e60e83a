import type { SocketOptions } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { StatsD } from "hot-shots";

/** How long an address found for a host name is used. */
const ADDRESS_SECONDS = 60;

/** Sends datagrams through a hot-shots client, which owns the socket. It keeps no process alive. */
export class UdpSender {
  readonly #client: StatsD;

  constructor(options: { readonly host: string; readonly port: number }) {
    this.#client = new StatsD({
      host: options.host,
      port: options.port,
      protocol: "udp",
      // Socket errors come with the callback of the datagram they belong to.
      errorHandler: () => {},
      closingFlushInterval: 1,
      udpSocketOptions: { type: isIP(options.host) === 6 ? "udp6" : "udp4", lookup: rememberingLookup() },
    });
  }

  /**
   * Hands one datagram to the operating system. Resolves to what went wrong (no such host, no route), or `undefined`;
   * a server that is not there goes unnoticed, as UDP has it.
   */
  send(data: Buffer): Promise<Error | undefined> {
    return new Promise((resolve) => {
      // The lines are ready and packed, with their sample rate written into them. The client's own `timing` would take a
      // rate as an order to drop at random.
      this.#client.socket.send(data, (error) => resolve(error ?? undefined));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#client.close(() => resolve()));
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
