import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeRequest, type ReceivedRequest } from "./official-protos.ts";

/** A request as it came and as the official protobuf definitions read it. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly decoded: ReceivedRequest;
}

export interface Answer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/**
 * Stands in for an OpenTelemetry collector: a real HTTP server on loopback that takes both encodings and gzip, refuses what
 * it cannot decode, and answers what the test wants it to.
 */
export class OtlpReceiver {
  /** In the order of arrival, also those that were not answered with 200. */
  readonly requests: Received[] = [];
  /** What to answer to a request; `undefined` never answers. */
  answer: (request: Received) => Answer | undefined | Promise<Answer | undefined> = () => ({ status: 200 });
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async listen(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await receiver.resume();
    return receiver;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again at the same port. */
  async resume(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts all connections, as a process that is killed does. */
  async halt(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const wire = Buffer.concat(chunks);
    const { headers, url = "" } = request;
    try {
      const body = headers["content-encoding"] === "gzip" ? gunzipSync(wire) : wire;
      const decoded = decodeRequest(headers["content-type"], body);
      const received = { url, headers, bytes: wire.length, decoded };
      this.requests.push(received);
      const answer = await this.answer(received);
      if (answer === undefined) return;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch (error) {
      response.writeHead(400, { "content-type": "text/plain" }).end(String(error));
    }
  }
}
