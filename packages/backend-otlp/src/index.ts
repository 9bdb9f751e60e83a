export type { HistogramKind, Temporality } from "./metric-data.ts";
export { OtlpBackend } from "./otlp-backend.ts";
export type { OtlpEncoding } from "./otlp-encoding.ts";
export type { OtlpOptions } from "./otlp-options.ts";
export type { ResourceAttributes } from "./resource-attributes.ts";
