import { PrometheusBackend } from "./prometheus-backend.ts";
import type { PrometheusOptions } from "./prometheus-options.ts";

/** OpenTelemetry's exporter listens there too, and scrapers look for it: the port is registered for that. */
const DEFAULT_PORT = 9464;

/**
 * The backend that a configuration means by `backend: "prometheus"`: it serves by itself, at `http://127.0.0.1:9464/metrics` unless
 * `monitoring.backendOptions.prometheus` says otherwise (`port: false` for none). Throws `INVALID_OPTION`.
 */
export function createBackend(options: PrometheusOptions = {}): PrometheusBackend {
  return new PrometheusBackend({ ...options, port: options.port ?? DEFAULT_PORT });
}
