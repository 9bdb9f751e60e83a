import { type Clock, MetricsError, nearestNames, systemClock } from "@giflab/metrics-core";
import { type Environment, MAX_TIMEOUT_MS, readEnvironment } from "./otlp-environment.ts";
import type { ResourceAttributes } from "./resource-attributes.ts";
import type { HistogramKind, OtlpEncoding, Temporality } from "./wire-format.ts";

/**
 * Where and how to send. What is not given here is taken from OpenTelemetry's environment variables
 * (`OTEL_EXPORTER_OTLP_METRICS_*`, then `OTEL_EXPORTER_OTLP_*`), and then the default.
 */
export interface OtlpOptions {
  /** URL of the receiver; without a path it gets `/v1/metrics`. Default `http://localhost:4318/v1/metrics`. */
  readonly endpoint?: string | undefined;
  /** How requests are written; default `protobuf`. */
  readonly encoding?: OtlpEncoding | undefined;
  /** Default `none`, as the specification has it; `gzip` makes a tenth of most requests. */
  readonly compression?: "gzip" | "none" | undefined;
  /** Sent with each request, such as an API key. Never printed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that a request may take, 1 to 3,600,000; default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Totals since the process began (default) or what happened since the flush before. */
  readonly temporality?: Temporality | undefined;
  /** How timers and histograms are sent; default `exponential`. */
  readonly histogram?: HistogramKind | undefined;
  /** Buckets of either sign that an exponential histogram may have, 2 to 4,480; default 640. */
  readonly maxBuckets?: number | undefined;
  /** Rising upper bounds for all explicit histograms, in the unit that is sent; default: what suits each unit. */
  readonly explicitBounds?: readonly number[] | undefined;
  /** Attributes of the resource, over those that are known and those of the environment. */
  readonly resourceAttributes?: ResourceAttributes | undefined;
  /**
   * Points in one request, 1 to 100,000, where a timer or histogram counts as ten; a larger flush becomes several, so that
   * writing one holds the event loop for a few milliseconds at most. Default 1,000.
   */
  readonly pointsPerRequest?: number | undefined;
  /** PEM file with the authorities that are trusted instead of Node's own, for `https`. */
  readonly certificate?: string | undefined;
  /** PEM file with our certificate, for a receiver that wants one. */
  readonly clientCertificate?: string | undefined;
  /** PEM file with the key of `clientCertificate`. */
  readonly clientKey?: string | undefined;
  /** Gets problems of the environment variables and the receiver's first warning; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface OtlpSettings {
  readonly endpoint: URL;
  readonly encoding: OtlpEncoding;
  readonly compression: "gzip" | "none";
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly temporality: Temporality;
  readonly histogram: HistogramKind;
  readonly maxBuckets: number;
  readonly explicitBounds: readonly number[] | undefined;
  readonly resourceAttributes: ResourceAttributes;
  readonly pointsPerRequest: number;
  readonly certificate: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

const DEFAULTS = {
  endpoint: "http://localhost:4318/v1/metrics",
  encoding: "protobuf",
  compression: "none",
  timeoutMs: 10_000,
  temporality: "cumulative",
  histogram: "exponential",
  maxBuckets: 640,
  pointsPerRequest: 1000,
} as const;

const KNOWN = [
  ...Object.keys(DEFAULTS),
  ..."headers explicitBounds resourceAttributes certificate clientCertificate clientKey onWarning clock".split(" "),
  // The facade says to every backend what it opens it for.
  "readonly",
];

/** Complete settings, or `INVALID_OPTION`. */
export function resolveOtlpOptions(options: OtlpOptions, env: Environment = process.env): OtlpSettings {
  for (const key of Object.keys(options)) if (!KNOWN.includes(key)) throw unknownOption(key);
  const { resourceAttributes: fromEnv, warnings, ...environment } = readEnvironment(env);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as OtlpOptions;
  const merged = { ...DEFAULTS, ...environment, ...given };
  const settings: OtlpSettings = {
    endpoint: endpointOf(merged.endpoint, given.endpoint !== undefined),
    encoding: oneOf("encoding", merged.encoding, ["protobuf", "json"]),
    compression: oneOf("compression", merged.compression, ["gzip", "none"]),
    headers: headersOf({ ...environment.headers, ...lowerCased(given.headers) }),
    timeoutMs: whole("timeoutMs", merged.timeoutMs, 1, MAX_TIMEOUT_MS),
    temporality: oneOf("temporality", merged.temporality, ["cumulative", "delta"]),
    histogram: oneOf("histogram", merged.histogram, ["exponential", "explicit"]),
    maxBuckets: whole("maxBuckets", merged.maxBuckets, 2, 4480),
    explicitBounds: boundsOf(merged.explicitBounds),
    resourceAttributes: { ...fromEnv, ...attributesOf(given.resourceAttributes) },
    pointsPerRequest: whole("pointsPerRequest", merged.pointsPerRequest, 1, 100_000),
    certificate: path("certificate", merged.certificate),
    clientCertificate: path("clientCertificate", merged.clientCertificate),
    clientKey: path("clientKey", merged.clientKey),
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`${message}\n`)),
    clock: options.clock ?? systemClock,
  };
  if ((settings.clientCertificate === undefined) !== (settings.clientKey === undefined)) {
    throw new MetricsError("INVALID_OPTION", "clientCertificate and clientKey go together: give both or neither");
  }
  for (const warning of warnings) settings.onWarning(`giflab otlp: ${warning}`);
  return settings;
}

function unknownOption(key: string): MetricsError {
  const near = nearestNames(key, KNOWN);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `known are ${KNOWN.join(", ")}`;
  return new MetricsError("INVALID_OPTION", `${key} is not a known option: ${hint}`);
}

function endpointOf(value: unknown, completed: boolean): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    // Not shown: it may hold a password.
    throw new MetricsError("INVALID_OPTION", "endpoint must be an http or https URL such as http://localhost:4318");
  }
  if (completed && url.pathname === "/") url.pathname = "/v1/metrics";
  return url;
}

function oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  throw new MetricsError("INVALID_OPTION", `${option} must be ${allowed.join(" or ")}, got ${JSON.stringify(value)}`);
}

function whole(option: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  const got = typeof value === "number" ? value : JSON.stringify(value);
  throw new MetricsError("INVALID_OPTION", `${option} must be a whole number from ${low} to ${high}, got ${got}`);
}

function path(option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new MetricsError("INVALID_OPTION", `${option} must be the path of a PEM file, got ${JSON.stringify(value)}`);
}

function boundsOf(value: unknown): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const rising =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1]));
  if (rising) return [...value];
  throw new MetricsError(
    "INVALID_OPTION",
    `explicitBounds must be a list of rising, finite numbers, got ${JSON.stringify(value)}`,
  );
}

function attributesOf(value: unknown): ResourceAttributes {
  if (value === undefined) return {};
  const scalar = (one: unknown): boolean =>
    typeof one === "string" || typeof one === "boolean" || (typeof one === "number" && Number.isFinite(one));
  if (isRecord(value) && Object.values(value).every(scalar)) return value as ResourceAttributes;
  throw new MetricsError(
    "INVALID_OPTION",
    "resourceAttributes must be an object of texts, finite numbers, true or false, such as { team: 'search' }",
  );
}

function lowerCased(headers: unknown): Readonly<Record<string, unknown>> {
  if (headers === undefined) return {};
  if (!isRecord(headers)) throw new MetricsError("INVALID_OPTION", "headers must be an object of texts");
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** RFC 9110: a name is a token; a value has no control characters but tab, and Node sends it as Latin-1. */
function headersOf(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
      throw new MetricsError("INVALID_OPTION", `headers: ${JSON.stringify(name)} is not the name of a header`);
    }
    if (typeof value !== "string" || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new MetricsError("INVALID_OPTION", `headers: the value of ${name} must be text without line breaks`);
    }
  }
  return headers as Readonly<Record<string, string>>;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
