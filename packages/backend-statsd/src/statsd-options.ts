import { MetricsError } from "@giflab/metrics-core";
import { STATSD_DIALECTS, type StatsdDialect } from "./statsd-dialect.ts";

/** How lines travel: `udp` and `unix` as datagrams, `tcp` as a stream. */
export type StatsdProtocol = "udp" | "tcp" | "unix";

const PROTOCOLS: readonly StatsdProtocol[] = ["udp", "tcp", "unix"];
/** The former name of `influx`. */
const TELEGRAF = "telegraf";
/** What the address of a Unix socket has room for on Linux; macOS has 103. */
const LONGEST_PATH_BYTES = 107;

/** Where and how to send; everything has a default. */
export interface StatsdOptions {
  /** Default `udp`. `unix`, a datagram socket on this machine, needs the package `node-unix-socket`. */
  readonly protocol?: StatsdProtocol | undefined;
  /** Host name or address of the server; default `127.0.0.1`. Over UDP a name is one with an IPv4 address. */
  readonly host?: string | undefined;
  /** UDP or TCP port, 1 to 65535; default 8125. */
  readonly port?: number | undefined;
  /** The socket that the server listens on with `protocol: "unix"`, 1 to 107 bytes, such as `/run/statsd.sock`. */
  readonly path?: string | undefined;
  /** Put before every name with a dot between; letters, digits, `_`, `-` and `.`. Default: none. */
  readonly prefix?: string | undefined;
  /** What the server understands; default `etsy`, which collectd and netdata understand too. `telegraf` is `influx`. */
  readonly dialect?: StatsdDialect | typeof TELEGRAF | undefined;
  /** Lines per timer or histogram and flush, 1 to 1,000, when it recorded more values than that; default 100. */
  readonly timerSamples?: number | undefined;
  /**
   * Whether a line says how many values it stands for (`|@0.01`), so that the server's counts are right; default true.
   * False for collectd, which divides the value of a timer by it.
   */
  readonly sampleRates?: boolean | undefined;
  /** Largest datagram, 64 to 65,507 bytes; default 1,432, which fits an Ethernet frame. Over TCP lines are not limited by it. */
  readonly maxDatagramBytes?: number | undefined;
  /** How long a server may not answer over TCP, or not read over a Unix socket, 0.1 to 60 seconds; default 1. */
  readonly timeoutSeconds?: number | undefined;
  /** Gets each kind of problem once that no collector was told; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface StatsdSettings {
  readonly protocol: StatsdProtocol;
  readonly host: string;
  readonly port: number;
  /** Empty unless the protocol is `unix`. */
  readonly path: string;
  /** Empty, or with its final dot. */
  readonly prefix: string;
  readonly dialect: StatsdDialect;
  readonly timerSamples: number;
  readonly sampleRates: boolean;
  readonly maxDatagramBytes: number;
  readonly timeoutSeconds: number;
  readonly onWarning: (message: string) => void;
}

/** Complete settings, or `INVALID_OPTION`. */
export function resolveStatsdOptions(options: StatsdOptions): StatsdSettings {
  const { host = "127.0.0.1", prefix = "", sampleRates = true, timeoutSeconds = 1 } = options;
  const protocol = oneOf("protocol", options.protocol ?? "udp", PROTOCOLS);
  const dialect = options.dialect === TELEGRAF ? "influx" : options.dialect;
  if (typeof host !== "string" || host.trim() === "") fail("host", "a host name or an address", host);
  if (typeof prefix !== "string" || !/^[A-Za-z0-9_.-]*$/.test(prefix)) {
    fail("prefix", 'made of letters, digits, "_", "-" and "."', prefix);
  }
  if (typeof sampleRates !== "boolean") fail("sampleRates", "true or false", sampleRates);
  if (typeof timeoutSeconds !== "number" || !(timeoutSeconds >= 0.1 && timeoutSeconds <= 60)) {
    fail("timeoutSeconds", "a number from 0.1 to 60", timeoutSeconds);
  }
  return {
    protocol,
    host,
    port: whole("port", options.port ?? 8125, 1, 65_535),
    path: protocol === "unix" ? socketPath(options.path) : "",
    prefix: prefix === "" || prefix.endsWith(".") ? prefix : `${prefix}.`,
    dialect: oneOf("dialect", dialect ?? "etsy", STATSD_DIALECTS),
    timerSamples: whole("timerSamples", options.timerSamples ?? 100, 1, 1000),
    sampleRates,
    maxDatagramBytes: whole("maxDatagramBytes", options.maxDatagramBytes ?? 1432, 64, 65_507),
    timeoutSeconds,
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`${message}\n`)),
  };
}

function socketPath(path: unknown): string {
  if (typeof path === "string" && path !== "" && Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return path;
  return fail("path", `the socket of the server, 1 to ${LONGEST_PATH_BYTES} bytes, with protocol "unix"`, path);
}

function whole(option: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  return fail(option, `a whole number from ${low} to ${high}`, value);
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  return allowed.includes(value) ? value : fail(option, `one of ${allowed.join(", ")}`, value);
}

function fail(option: string, allowed: string, value: unknown): never {
  throw new MetricsError("INVALID_OPTION", `${option} must be ${allowed}, got ${JSON.stringify(value)}`);
}
