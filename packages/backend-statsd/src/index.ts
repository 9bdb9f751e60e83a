export { StatsdBackend } from "./statsd-backend.ts";
export type { StatsdDialect } from "./statsd-dialect.ts";
export type { StatsdOptions, StatsdProtocol } from "./statsd-options.ts";
