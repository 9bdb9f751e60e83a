import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A real HTTP server on loopback that keeps what it is sent. */
export class HttpReceiver {
  readonly received: Received[] = [];
  /** What it answers, request by request; 200 when there is nothing more. */
  readonly answers: (readonly [status: number, headers?: Readonly<Record<string, string>>])[] = [];
  #server: Server | undefined;
  #port = 0;

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      request.on("end", () => {
        this.received.push({ path: request.url, headers: request.headers, body: JSON.parse(text) as unknown });
        const [status, headers = {}] = this.answers.shift() ?? [200];
        response.writeHead(status, headers).end(status === 200 ? "" : "not now");
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Nobody answers at its address, until `start()`. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    this.#server?.closeAllConnections();
    await closed;
  }
}
