/** How requests are written: the two encodings of OTLP/HTTP. */
export type OtlpEncoding = "protobuf" | "json";

/** Whether totals since the start of the process are sent, or what happened since the flush before. */
export type Temporality = "cumulative" | "delta";

/** How timers and histograms are sent: with buckets that follow from a scale, or with given bounds. */
export type HistogramKind = "exponential" | "explicit";
