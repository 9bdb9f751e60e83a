import { type Clock, globMatcher, MetricsError, systemClock } from "@giflab/metrics-core";
import { ClassicBuckets } from "@giflab/metrics-core/exposition";

/** What is exposed and how; everything has a default. */
export interface PrometheusOptions {
  /** Put before every metric's name with a `_` between: letters, digits and `_`. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * Upper bounds of the buckets of timers and histograms, rising, in the unit they are exposed in (seconds, bytes): one list
   * for all, or lists by glob of the metric's name (`{ "http.*": [0.01, 0.1, 1] }`), the first that fits. Default: 1, 2.5 and 5
   * of each decade from a microsecond to 100 s, powers of four from 256 B to 4 GB, and 1, 2.5 and 5 of each decade from 0.001
   * to a million for others.
   */
  readonly buckets?: readonly number[] | Readonly<Record<string, readonly number[]>> | undefined;
  /**
   * Answers scrapes on a server of its own at this port, 0 to 65535 (0: any that is free). Default: no server, as scrapes are
   * answered by `createScrapeHandler` on a server of the program; 9464 for a backend that a configuration names.
   */
  readonly port?: number | false | undefined;
  /** Address that the server listens on; default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Path that the server answers; default `/metrics`. */
  readonly path?: string | undefined;
  /** Whether the processes of a `node:cluster` are shown together; default true. */
  readonly cluster?: boolean | undefined;
  /** Seconds, 0.01 to 60, that a scrape waits for the other processes of a cluster; default 1. */
  readonly clusterWaitSeconds?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Gets each kind of problem once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Where a backend serves by itself. */
export interface ServerSettings {
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

export interface PrometheusSettings {
  /** Empty, or with its final dot, as metric names are written before they are exposed. */
  readonly prefix: string;
  /** Bounds that were chosen for a metric, in its exposed unit; `undefined`: the default ones. */
  readonly boundsOf: (metric: string) => readonly number[] | undefined;
  readonly server: ServerSettings | undefined;
  readonly cluster: boolean;
  readonly clusterWaitSeconds: number;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/** Complete settings, or `INVALID_OPTION`. */
export function resolvePrometheusOptions(options: PrometheusOptions): PrometheusSettings {
  const { prefix = "", host = "127.0.0.1", path = "/metrics", port = false, cluster = true } = options;
  const { clusterWaitSeconds = 1 } = options;
  if (typeof prefix !== "string" || !/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
    refuse("prefix", prefix, 'letters, digits and "_", not beginning with a digit');
  }
  if (port !== false && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    refuse("port", port, "false or a whole number from 0 to 65535");
  }
  if (typeof host !== "string" || host.trim() === "") refuse("host", host, "a host name or an address");
  if (typeof path !== "string" || !/^\/[^\s?#]*$/.test(path)) refuse("path", path, 'a path that begins with "/"');
  if (typeof cluster !== "boolean") refuse("cluster", cluster, "true or false");
  if (!(typeof clusterWaitSeconds === "number" && clusterWaitSeconds >= 0.01 && clusterWaitSeconds <= 60)) {
    refuse("clusterWaitSeconds", clusterWaitSeconds, "a number from 0.01 to 60");
  }
  return {
    prefix: prefix === "" ? "" : `${prefix.replace(/_+$/, "")}.`,
    boundsOf: boundsByName(options.buckets),
    server: port === false ? undefined : { port, host, path },
    cluster,
    clusterWaitSeconds,
    clock: options.clock ?? systemClock,
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`giflab: ${message}\n`)),
  };
}

function boundsByName(buckets: PrometheusOptions["buckets"]): PrometheusSettings["boundsOf"] {
  if (buckets === undefined) return () => undefined;
  if (typeof buckets !== "object" || buckets === null) {
    refuse("buckets", buckets, "a list of bounds, or lists by the metric's name");
  }
  const lists = isList(buckets) ? { "*": buckets } : buckets;
  const rules = Object.entries(lists).map(([glob, bounds]) => {
    if (!isList(bounds)) refuse(`buckets["${glob}"]`, bounds, "a list of rising, finite bounds");
    // Checked here rather than when the first value is recorded.
    return { matches: globMatcher(glob), bounds: new ClassicBuckets(bounds).bounds };
  });
  return (metric) => rules.find(({ matches }) => matches(metric))?.bounds;
}

function isList(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}

function refuse(option: string, value: unknown, allowed: string): never {
  throw new MetricsError("INVALID_OPTION", `${option} must be ${allowed}, got ${JSON.stringify(value)}`);
}
