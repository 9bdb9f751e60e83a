export { OtlpBackend } from "./otlp-backend.ts";
export type { OtlpOptions } from "./otlp-options.ts";
export type { ResourceAttributes } from "./resource-attributes.ts";
export type { HistogramKind, OtlpEncoding, Temporality } from "./wire-format.ts";
