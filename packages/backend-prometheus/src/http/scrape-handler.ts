import type { IncomingMessage, ServerResponse } from "node:http";
import { getMetricsCollector, MetricsError } from "@giflab/metrics-core";
import { PrometheusBackend } from "../prometheus-backend.ts";
import type { PrometheusOptions } from "../prometheus-options.ts";
import { answerScrape, type ScrapeSource } from "./scrape-response.ts";

/** A request of `node:http`, or of a framework that wraps it, such as Fastify. */
export type ScrapeRequest = IncomingMessage | { readonly raw: IncomingMessage };

/** The response that belongs to it. */
export type ScrapeResponse = ServerResponse | { readonly raw: ServerResponse; hijack(): unknown };

/** Answers one scrape; returns at once and never throws. */
export type ScrapeHandler = (request: ScrapeRequest, response: ScrapeResponse) => void;

/**
 * Makes a handler that answers scrapes, for `node:http`, Express, Fastify and others like them:
 *
 * ```ts
 * const metrics = createScrapeHandler(new PrometheusBackend());
 * createServer((request, response) => (request.url === "/metrics" ? metrics(request, response) : app(request, response)));
 * expressApp.get("/metrics", metrics);
 * fastifyApp.get("/metrics", metrics);
 * ```
 *
 * Without a backend it shows what the process-wide collector records: through the collector's `PrometheusBackend`, or one that is
 * added with the first scrape, which knows everything since the start as well.
 *
 * @param from the backend whose metrics are shown (it must belong to a collector), or the options of the one that is added.
 * Throws `INVALID_OPTION` for options that are not allowed.
 */
export function createScrapeHandler(from: ScrapeSource | PrometheusOptions = {}): ScrapeHandler {
  const source = isScrapeSource(from) ? () => from : defaultSource(from);
  return (request, response) => {
    if ("raw" in response) {
      response.hijack();
      void answerScrape(source, "raw" in request ? request.raw : request, response.raw);
    } else {
      void answerScrape(source, "raw" in request ? request.raw : request, response);
    }
  };
}

function defaultSource(options: PrometheusOptions): () => ScrapeSource {
  // Made for its checks: a mistake is to be told now and not to the first scraper.
  let spare: PrometheusBackend | undefined = new PrometheusBackend(options);
  return () => {
    const collector = getMetricsCollector();
    const present = collector.backends.find((backend) => isScrapeSource(backend));
    if (present !== undefined) return present as unknown as ScrapeSource;
    if (collector.joined) {
      throw new MetricsError("BACKEND_UNAVAILABLE", "what this worker thread records is shown by its main thread");
    }
    if (!collector.enabled) throw new MetricsError("BACKEND_UNAVAILABLE", "monitoring is not enabled");
    const added = spare ?? new PrometheusBackend(options);
    spare = undefined;
    collector.addBackend(added);
    return added;
  };
}

function isScrapeSource(value: unknown): value is ScrapeSource {
  return typeof value === "object" && value !== null && typeof (value as { scrape?: unknown }).scrape === "function";
}
