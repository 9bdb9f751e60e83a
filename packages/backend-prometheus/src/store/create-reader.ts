import { PrometheusStore } from "./prometheus-store.ts";
import type { PrometheusStoreOptions } from "./store-options.ts";

/** What `giflab metrics status --source prometheus` calls with the `monitoring.source` section. Throws `INVALID_OPTION`. */
export function createReader(options: PrometheusStoreOptions): PrometheusStore {
  return new PrometheusStore(options);
}
