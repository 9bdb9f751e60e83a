import { MetricsError } from "@giflab/metrics-core";

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What OpenTelemetry's environment variables ask for; what they do not say is absent. Values are not checked yet. */
export interface EnvironmentOptions {
  readonly endpoint?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly compression?: string;
  readonly timeoutMs?: number;
  readonly encoding?: string;
  readonly temporality?: string;
  readonly histogram?: string;
  readonly certificate?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** What could not be used, each a sentence without the value of anything secret. */
  readonly warnings: readonly string[];
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` as the specification says: what is said of
 * metrics alone goes before what is said of all signals, an empty variable is one that is not set, and a word or number
 * that cannot be used is ignored with a warning. Throws `INVALID_OPTION` for an endpoint that is no URL.
 */
export function readEnvironment(env: Environment): EnvironmentOptions {
  const warnings: string[] = [];
  const get = (name: string): string | undefined => env[name]?.trim() || undefined;
  /** The variable of this signal or, without it, the one of all signals. */
  const find = (name: string): { readonly variable: string; readonly text: string } | undefined => {
    for (const variable of [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`]) {
      const text = get(variable);
      if (text !== undefined) return { variable, text };
    }
    return undefined;
  };
  const word = <T extends string>(
    found: { readonly variable: string; readonly text: string } | undefined,
    words: Readonly<Record<string, T>>,
  ): T | undefined => {
    if (found === undefined) return undefined;
    const key = found.text.toLowerCase();
    if (Object.hasOwn(words, key)) return words[key];
    const allowed = Object.keys(words).join(", ");
    warnings.push(`${found.variable} must be one of ${allowed}, got ${JSON.stringify(found.text)}: ignored`);
    return undefined;
  };
  const metricsOnly = (name: string) => {
    const variable = `OTEL_EXPORTER_OTLP_METRICS_${name}`;
    const text = get(variable);
    return text === undefined ? undefined : { variable, text };
  };

  const options = {
    endpoint: endpointOf(get),
    headers: headersOf(get, warnings),
    compression: word(find("COMPRESSION"), { gzip: "gzip", none: "none" }),
    timeoutMs: timeoutOf(find("TIMEOUT"), warnings),
    encoding: word(find("PROTOCOL"), { "http/protobuf": "protobuf", "http/json": "json" }),
    // All counters here are synchronous, so that `lowmemory` is `delta`.
    temporality: word(metricsOnly("TEMPORALITY_PREFERENCE"), {
      cumulative: "cumulative",
      delta: "delta",
      lowmemory: "delta",
    }),
    histogram: word(metricsOnly("DEFAULT_HISTOGRAM_AGGREGATION"), {
      explicit_bucket_histogram: "explicit",
      base2_exponential_bucket_histogram: "exponential",
    }),
    certificate: find("CERTIFICATE")?.text,
    clientCertificate: find("CLIENT_CERTIFICATE")?.text,
    clientKey: find("CLIENT_KEY")?.text,
  };
  const known = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...known, resourceAttributes: resourceOf(get, warnings), warnings };
}

type Get = (name: string) => string | undefined;

function endpointOf(get: Get): string | undefined {
  const own = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
  const text = get(own);
  // Used as it is, so that without a path it is the root.
  if (text !== undefined) return urlOf(own, text).href;
  const base = "OTEL_EXPORTER_OTLP_ENDPOINT";
  const shared = get(base);
  if (shared === undefined) return undefined;
  const url = urlOf(base, shared);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/metrics`;
  return url.href;
}

function urlOf(variable: string, text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new MetricsError("INVALID_OPTION", `${variable} must be a URL such as http://localhost:4318`);
}

function timeoutOf(
  found: { readonly variable: string; readonly text: string } | undefined,
  warnings: string[],
): number | undefined {
  if (found === undefined) return undefined;
  const value = Number(found.text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_TIMEOUT_MS) return value;
  warnings.push(
    `${found.variable} must be whole milliseconds from 1 to ${MAX_TIMEOUT_MS}, got ${JSON.stringify(found.text)}: ignored`,
  );
  return undefined;
}

/** Longest time that one request may take: an hour. */
export const MAX_TIMEOUT_MS = 3_600_000;

/** Headers for metrics go over those for all signals, one by one. */
function headersOf(get: Get, warnings: string[]): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const variable of ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS"]) {
    for (const entry of (get(variable) ?? "").split(",")) {
      if (entry.trim() === "") continue;
      const pair = keyValue(entry);
      if (pair === undefined) {
        warnings.push(
          `${variable} must be key=value pairs with commas between, percent-encoded: one of them is ignored`,
        );
      } else {
        headers[pair[0].toLowerCase()] = pair[1];
      }
    }
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}

function resourceOf(get: Get, warnings: string[]): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  const variable = "OTEL_RESOURCE_ATTRIBUTES";
  const entries = (get(variable) ?? "").split(",").filter((entry) => entry.trim() !== "");
  const pairs = entries.map((entry) => (entry.split("=").length === 2 ? keyValue(entry) : undefined));
  if (pairs.includes(undefined)) {
    // By specification one mistake discards it all.
    warnings.push(
      `${variable} must be key=value pairs with commas between, "," and "=" within them percent-encoded: ignored`,
    );
  } else {
    for (const pair of pairs) if (pair !== undefined) attributes[pair[0]] = pair[1];
  }
  const service = get("OTEL_SERVICE_NAME");
  return service === undefined ? attributes : { ...attributes, "service.name": service };
}

function keyValue(entry: string): readonly [string, string] | undefined {
  const at = entry.indexOf("=");
  const key = entry.slice(0, at).trim();
  if (at < 0 || key === "") return undefined;
  try {
    return [decodeURIComponent(key), decodeURIComponent(entry.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}
