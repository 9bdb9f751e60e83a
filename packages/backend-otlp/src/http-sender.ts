import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { MetricsError } from "@giflab/metrics-core";

/** More than this of an answer is not read: a receiver has little to say. */
const MAX_ANSWER_BYTES = 1 << 20;

export interface HttpSenderOptions {
  readonly endpoint: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  /** Paths of PEM files. */
  readonly certificate: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  /** Empty when it was longer than 1 MB. */
  readonly body: Buffer;
}

interface Connection {
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  readonly agent: Agent;
}

/** Posts to one address over connections that are kept open. They keep no process alive. */
export class HttpSender {
  readonly #options: HttpSenderOptions;
  readonly #closing = new AbortController();
  #connection: Promise<Connection> | undefined;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
  }

  /** The address without user, password and query, for messages. */
  get shownEndpoint(): string {
    const { origin, pathname } = this.#options.endpoint;
    return `${origin}${pathname}`;
  }

  /**
   * Resolves to any answer of the receiver. Rejects with `BACKEND_UNAVAILABLE` when there is none within `timeoutMs`, or
   * the connection or a certificate fails.
   */
  async post(data: Uint8Array, contentType: string): Promise<HttpAnswer> {
    try {
      this.#connection ??= this.#connect();
      const connection = await this.#connection.catch((error) => {
        // A certificate that could not be read may be there next time.
        this.#connection = undefined;
        throw error;
      });
      const body = this.#options.compression === "gzip" ? await gzipped(data) : data;
      const signal = AbortSignal.any([AbortSignal.timeout(this.#options.timeoutMs), this.#closing.signal]);
      return await this.#exchange(connection, body, contentType, signal);
    } catch (cause) {
      throw new MetricsError("BACKEND_UNAVAILABLE", `cannot send to ${this.shownEndpoint}: ${this.#reason(cause)}`, {
        cause,
      });
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    const connection = await this.#connection?.catch(() => undefined);
    connection?.agent.destroy();
  }

  async #connect(): Promise<Connection> {
    const { endpoint, certificate, clientCertificate, clientKey } = this.#options;
    if (endpoint.protocol === "http:") {
      const { Agent, request } = await import("node:http");
      return { request, agent: new Agent({ keepAlive: true }) };
    }
    const [ca, cert, key] = await Promise.all([certificate, clientCertificate, clientKey].map(readPem));
    const { Agent, request } = await import("node:https");
    return { request, agent: new Agent({ keepAlive: true, ca, cert, key }) };
  }

  async #exchange(
    connection: Connection,
    body: Uint8Array,
    contentType: string,
    signal: AbortSignal,
    again = false,
  ): Promise<HttpAnswer> {
    const { endpoint, compression } = this.#options;
    const request = connection.request(endpoint, {
      method: "POST",
      agent: connection.agent,
      signal,
      headers: {
        ...this.#options.headers,
        "content-type": contentType,
        "content-length": body.byteLength,
        ...(compression === "gzip" ? { "content-encoding": "gzip" } : {}),
      },
    });
    try {
      return await answerTo(request, body);
    } catch (error) {
      // The receiver closed an idle connection at the moment it was used again: not a failure, so at once on a new one.
      const idle = request.reusedSocket && (error as { readonly code?: unknown }).code === "ECONNRESET";
      if (again || !idle) throw error;
      return this.#exchange(connection, body, contentType, signal, true);
    }
  }

  #reason(cause: unknown): string {
    if (this.#closing.signal.aborted) return "the backend was closed";
    const { name, code, message } = cause as { readonly name?: string; readonly code?: unknown; message?: string };
    if (name === "AbortError" || name === "TimeoutError") return `no answer within ${this.#options.timeoutMs} ms`;
    // Several addresses were tried, as of `localhost`: such an error has no message of its own.
    return message || (typeof code === "string" ? code : String(cause));
  }
}

function answerTo(request: ClientRequest, body: Uint8Array): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    // The collector holds the process while it waits; a receiver that never answers does not.
    request.on("socket", (socket) => socket.unref());
    request.on("response", (response) => readAnswer(response).then(resolve, reject));
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const { statusCode = 0, headers } = response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      chunks.length = 0;
      break;
    }
    chunks.push(chunk);
  }
  return {
    status: statusCode,
    contentType: headers["content-type"],
    retryAfter: headers["retry-after"],
    body: Buffer.concat(chunks),
  };
}

/** Off the event loop. */
async function gzipped(data: Uint8Array): Promise<Buffer> {
  const { gzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    gzip(data, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  const { readFile } = await import("node:fs/promises");
  return readFile(path);
}
