import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly lines: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real HTTP server on loopback that keeps what is posted to it; it answers as told, and 204 when told nothing. */
export class LineReceiver implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  /** Used up one a request; `"hang"` answers nothing, `"lost"` takes the lines in and ends the connection. */
  readonly answers: (Answer | "hang" | "lost")[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
        this.requests.push({ path: request.url ?? "", headers: request.headers, lines: text.split("\n") });
        const answer = this.answers.shift() ?? { status: 204 };
        if (answer === "lost") request.socket.destroy();
        if (typeof answer === "string") return;
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
  }

  static async listen(): Promise<LineReceiver> {
    const receiver = new LineReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get lines(): readonly string[] {
    return this.requests.flatMap(({ lines }) => lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
