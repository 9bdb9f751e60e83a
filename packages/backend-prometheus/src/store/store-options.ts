import { type Clock, MetricsError, systemClock } from "@giflab/metrics-core";
import { isHeaderText, readAddress } from "./server-address.ts";

/** Where a Prometheus-compatible store is, and how much may be asked of it. Only `url` is required. */
export interface PrometheusStoreOptions {
  /**
   * `http://host:9090` or `https://...`, with the path prefix that the server has before `/api/v1` (Mimir: `/prometheus`).
   * User and password in it are sent as basic authentication and shown nowhere.
   */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Sent with `password` as basic authentication. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Further request headers, such as Mimir's `X-Scope-OrgID`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Only series that have these labels with these values: `{ cluster: "eu", replica: "0" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** For one answer, 0.1 to 3600; default 30. */
  readonly timeoutSeconds?: number | undefined;
  /** Samples that one query of ours may read in all, 1,000 to 1e9; default 20 million. */
  readonly maxSamples?: number | undefined;
  /** Size of one answer, 1 to 1024 MB of 2^20 bytes; default 64. What is larger is asked for in parts. */
  readonly maxAnswerMb?: number | undefined;
  /** Gets what the server warns of (partial answers), each once. Default: nobody. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** The same, complete and checked. */
export interface ResolvedStoreOptions {
  /** Without user, password and a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly maxSamples: number;
  readonly maxAnswerBytes: number;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

const KNOWN = new Set(
  "url token username password headers labels timeoutSeconds maxSamples maxAnswerMb onWarning clock".split(" "),
);

/** Throws `INVALID_OPTION` that names option, value (never that of a secret) and what is allowed. */
export function resolveStoreOptions(options: PrometheusStoreOptions): ResolvedStoreOptions {
  const unknown = Object.keys(options).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) {
    throw invalid(`there is no option ${unknown.join(", ")}: known are ${[...KNOWN].sort().join(", ")}`);
  }
  const { url, authorization } = readAddress(options);
  return {
    url,
    headers: { ...checkedHeaders(options.headers ?? {}), ...(authorization === undefined ? {} : { authorization }) },
    labels: checkedLabels(options.labels ?? {}),
    timeoutSeconds: inRange("timeoutSeconds", options.timeoutSeconds ?? 30, 0.1, 3600),
    maxSamples: inRange("maxSamples", options.maxSamples ?? 20_000_000, 1000, 1e9),
    maxAnswerBytes: inRange("maxAnswerMb", options.maxAnswerMb ?? 64, 1, 1024) * 2 ** 20,
    onWarning: options.onWarning ?? (() => {}),
    clock: options.clock ?? systemClock,
  };
}

function inRange(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === "number" && value >= low && value <= high) return value;
  throw invalid(`${name} must be a number from ${low} to ${high}, got ${JSON.stringify(value)}`);
}

function checkedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || typeof value !== "string" || !isHeaderText(value)) {
      throw invalid(`headers must be names with one line of text each; that of ${JSON.stringify(name)} is not`);
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

function checkedLabels(labels: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(labels)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || typeof value !== "string") {
      throw invalid(`labels must be label names with text, such as { cluster: "eu" }, got ${JSON.stringify(labels)}`);
    }
  }
  return labels as Readonly<Record<string, string>>;
}

function invalid(message: string): MetricsError {
  return new MetricsError("INVALID_OPTION", message);
}
