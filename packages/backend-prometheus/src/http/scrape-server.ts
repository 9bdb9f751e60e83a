import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerSettings } from "../prometheus-options.ts";
import { answerScrape, type ScrapeSource } from "./scrape-response.ts";

/** Seconds after which a port that was taken is tried again: the process that had it may have ended. */
const RETRY_SECONDS = 10;
/** A client that takes nothing for so long is given up. */
const IDLE_SECONDS = 60;

interface ScrapeServerOptions extends ServerSettings {
  readonly source: ScrapeSource;
  readonly onWarning: (message: string) => void;
}

/**
 * A small server that answers scrapes and nothing else. It keeps no process alive; a port that is taken is said once and
 * tried again, and the program goes on without.
 */
export class ScrapeServer {
  readonly #options: ScrapeServerOptions;
  #server: Server | undefined;
  #retry: NodeJS.Timeout | undefined;
  #warned = false;
  #closed = false;
  /** Resolved when the first attempt is over. */
  readonly started: Promise<void>;

  constructor(options: ScrapeServerOptions) {
    this.#options = options;
    this.started = this.#start();
  }

  /** `http://127.0.0.1:9464/metrics`; `undefined` while it does not listen. */
  get url(): string | undefined {
    const address = this.#server?.address();
    if (typeof address !== "object" || address === null) return undefined;
    const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return `http://${host}:${(address satisfies AddressInfo).port}${this.#options.path}`;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  async #start(): Promise<void> {
    const { createServer } = await import("node:http");
    if (this.#closed) return;
    const { path, source, host, port } = this.#options;
    const server = createServer((request, response) => {
      const asked = (request.url ?? "").split("?", 1)[0];
      if (asked === path) {
        void answerScrape(() => source, request, response);
        return;
      }
      response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(`metrics are at ${path}\n`);
    });
    server.timeout = IDLE_SECONDS * 1000;
    // A scraper keeps its connection open, which must not keep the process.
    server.on("connection", (socket) => socket.unref());
    server.unref();
    await new Promise<void>((resolve) => {
      server.once("error", (error) => {
        this.#onError(error);
        resolve();
      });
      // Exclusive: in a cluster the primary would share the port out, and each scrape see another process.
      server.listen({ host, port, exclusive: true }, () => {
        server.on("error", (error) => this.#onError(error));
        if (this.#closed) server.close();
        else this.#server = server;
        resolve();
      });
    });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    this.#server = undefined;
    this.#retry = setTimeout(() => void this.#start(), RETRY_SECONDS * 1000);
    this.#retry.unref();
    if (this.#warned) return;
    this.#warned = true;
    const { host, port } = this.#options;
    const taken = error.code === "EADDRINUSE" ? "another program uses it: choose another port" : error.message;
    this.#options.onWarning(
      `prometheus: metrics cannot be served at ${host}:${port} (${taken}); this is tried again every ${RETRY_SECONDS} s`,
    );
  }
}
