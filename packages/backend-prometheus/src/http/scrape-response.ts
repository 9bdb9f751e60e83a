import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { isMetricsError } from "@giflab/metrics-core";
import { acceptsGzip, type ExpositionFormat, negotiateFormat } from "../exposition-format.ts";

/** Somebody who has the text of a scrape: a `PrometheusBackend`, also of another installed copy. */
export interface ScrapeSource {
  /** The text in slices, between which the event loop turns. Rejects with `CLOSED` or `BACKEND_UNAVAILABLE`. */
  scrape(format?: ExpositionFormat): AsyncIterable<string>;
}

/** The fastest: exposition text shrinks to a twelfth all the same, and a scrape is not kept long. */
const GZIP_LEVEL = 1;

/**
 * Answers a scrape. GET and HEAD only; format and compression as the client accepts them, compressed outside of the event
 * loop. A client that reads slowly or goes away holds up nobody: the next slice is made when it has taken the last one. Text
 * that ends too early because of an error ends with a broken connection, so nobody takes it for the whole. Never rejects.
 */
export async function answerScrape(
  source: () => ScrapeSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { method = "GET" } = request;
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      refuse(response, 405, `metrics are read with GET, not ${method}`);
      return;
    }
    const format = negotiateFormat(one(request.headers.accept));
    const gzip = acceptsGzip(one(request.headers["accept-encoding"]));
    const describe = (): void => {
      response.statusCode = 200;
      response.setHeader("Content-Type", format.contentType);
      response.setHeader("Cache-Control", "no-store");
      response.setHeader("Vary", "Accept, Accept-Encoding");
      if (gzip) response.setHeader("Content-Encoding", "gzip");
    };
    if (method === "HEAD") {
      describe();
      response.end();
      return;
    }
    const slices = source().scrape(format)[Symbol.asyncIterator]();
    // Before anything is said: what fails here can still be answered as a failure.
    const first = await slices.next();
    describe();
    const body = Readable.from(rest(first, slices));
    if (gzip) await pipeline(body, createGzip({ level: GZIP_LEVEL }), response);
    else await pipeline(body, response);
  } catch (error) {
    // A client that has gone away, or an error in the middle of the text: `pipeline` has closed the connection.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const passing = isMetricsError(error);
    refuse(response, passing ? 503 : 500, error instanceof Error ? error.message : "the metrics cannot be written");
  }
}

async function* rest(
  first: IteratorResult<string, unknown>,
  slices: AsyncIterator<string>,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let next = first; !next.done; next = await slices.next()) yield next.value;
  } finally {
    await slices.return?.();
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  response.removeHeader("Content-Encoding");
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(`${message}\n`);
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" || header === undefined ? header : header.join(",");
}
