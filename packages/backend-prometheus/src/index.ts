export { createBackend } from "./create-backend.ts";
export type { ExpositionFormat } from "./exposition-format.ts";
export {
  createScrapeHandler,
  type ScrapeHandler,
  type ScrapeRequest,
  type ScrapeResponse,
} from "./http/scrape-handler.ts";
export type { ScrapeSource } from "./http/scrape-response.ts";
export { PrometheusBackend } from "./prometheus-backend.ts";
export type { PrometheusOptions } from "./prometheus-options.ts";
