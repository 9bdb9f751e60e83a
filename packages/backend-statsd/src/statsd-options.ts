import { MetricsError } from "@giflab/metrics-core";
import { STATSD_DIALECTS, type StatsdDialect } from "./statsd-dialect.ts";

/** Where and how to send; everything has a default. */
export interface StatsdOptions {
  /** Host name (IPv4) or address (either family) of the server; default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** UDP port, 1 to 65535; default 8125. */
  readonly port?: number | undefined;
  /** Put before every name with a dot between; letters, digits, `_`, `-` and `.`. Default: none. */
  readonly prefix?: string | undefined;
  /** What the server understands; default `etsy`, which collectd, netdata and most others understand too. */
  readonly dialect?: StatsdDialect | undefined;
  /** Lines per timer or histogram and flush, 1 to 1,000, when it recorded more values than that; default 100. */
  readonly timerSamples?: number | undefined;
  /** Largest datagram, 64 to 65,507 bytes; default 1,432, which fits an Ethernet frame. */
  readonly maxDatagramBytes?: number | undefined;
  /** Gets each kind of problem once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface StatsdSettings {
  readonly host: string;
  readonly port: number;
  /** Empty, or with its final dot. */
  readonly prefix: string;
  readonly dialect: StatsdDialect;
  readonly timerSamples: number;
  readonly maxDatagramBytes: number;
  readonly onWarning: (message: string) => void;
}

/** Complete settings, or `INVALID_OPTION`. */
export function resolveStatsdOptions(options: StatsdOptions): StatsdSettings {
  const { host = "127.0.0.1", prefix = "", dialect = "etsy" } = options;
  if (typeof host !== "string" || host.trim() === "") {
    throw new MetricsError("INVALID_OPTION", `host must be a host name or an address, got ${JSON.stringify(host)}`);
  }
  if (typeof prefix !== "string" || !/^[A-Za-z0-9_.-]*$/.test(prefix)) {
    throw new MetricsError(
      "INVALID_OPTION",
      `prefix may hold letters, digits, "_", "-" and ".", got ${JSON.stringify(prefix)}`,
    );
  }
  if (!STATSD_DIALECTS.includes(dialect)) {
    throw new MetricsError(
      "INVALID_OPTION",
      `dialect must be one of ${STATSD_DIALECTS.join(", ")}, got ${JSON.stringify(dialect)}`,
    );
  }
  return {
    host,
    port: whole("port", options.port ?? 8125, 1, 65_535),
    prefix: prefix === "" || prefix.endsWith(".") ? prefix : `${prefix}.`,
    dialect,
    timerSamples: whole("timerSamples", options.timerSamples ?? 100, 1, 1000),
    maxDatagramBytes: whole("maxDatagramBytes", options.maxDatagramBytes ?? 1432, 64, 65_507),
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`${message}\n`)),
  };
}

function whole(option: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new MetricsError("INVALID_OPTION", `${option} must be a whole number from ${low} to ${high}, got ${value}`);
}
