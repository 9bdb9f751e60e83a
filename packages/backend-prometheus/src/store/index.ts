/** Reading metrics back from everything that speaks Prometheus' HTTP API. */
export { createReader } from "./create-reader.ts";
export { PrometheusStore } from "./prometheus-store.ts";
export type { PrometheusStoreOptions } from "./store-options.ts";
