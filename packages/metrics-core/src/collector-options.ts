import type { MetricsBackend } from "./backend.ts";
import type { Clock } from "./clock.ts";
import { MetricsError } from "./metrics-error.ts";

/** Options of a collector; all have defaults. */
export interface CollectorOptions {
  readonly backends?: readonly MetricsBackend[];
  /** Seconds between snapshots, 0.1 to 3600; default 10. */
  readonly flushIntervalSeconds?: number | undefined;
  /** Points that may wait for a backend that does not accept them, 1 to 10 million; default 10,000. */
  readonly bufferSize?: number | undefined;
  /** Share of calls that timers and histograms measure, above 0 up to 1; all calls are counted. Default 1. */
  readonly samplingRate?: number | undefined;
  /** False hands out handles that do nothing. Default true. */
  readonly enabled?: boolean | undefined;
  /** Default: name of the nearest package.json. */
  readonly service?: string | undefined;
  readonly version?: string | undefined;
  /** Series per metric beyond which further tag values are counted together, 1 to 1 million; default 1000. */
  readonly maxSeriesPerMetric?: number | undefined;
  /** Deliver on SIGINT, SIGTERM and SIGHUP before the process ends. Default true. */
  readonly handleSignals?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** Source of chance for sampling and retry jitter, 0 to below 1; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Gets each kind of problem once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What `configure` may change later. */
export type ReconfigurableOptions = Pick<
  CollectorOptions,
  "flushIntervalSeconds" | "bufferSize" | "samplingRate" | "enabled" | "service" | "version" | "onWarning"
>;

export interface CollectorSettings {
  readonly flushIntervalSeconds: number;
  readonly bufferSize: number;
  readonly samplingRate: number;
  readonly enabled: boolean;
  readonly service: string | undefined;
  readonly version: string | undefined;
  readonly maxSeriesPerMetric: number;
  readonly handleSignals: boolean;
  readonly random: () => number;
  readonly onWarning: (message: string) => void;
}

/** Complete settings, or `INVALID_OPTION`. */
export function resolveOptions(options: CollectorOptions): CollectorSettings {
  const sampling = options.samplingRate ?? 1;
  if (!(sampling > 0 && sampling <= 1)) {
    throw new MetricsError(
      "INVALID_OPTION",
      `samplingRate must be above 0 and at most 1, got ${sampling}; enabled: false turns monitoring off`,
    );
  }
  return {
    flushIntervalSeconds: inRange("flushIntervalSeconds", options.flushIntervalSeconds ?? 10, 0.1, 3600, false),
    bufferSize: inRange("bufferSize", options.bufferSize ?? 10_000, 1, 10_000_000, true),
    samplingRate: sampling,
    enabled: options.enabled ?? true,
    service: named("service", options.service),
    version: options.version,
    maxSeriesPerMetric: inRange("maxSeriesPerMetric", options.maxSeriesPerMetric ?? 1000, 1, 1_000_000, true),
    handleSignals: options.handleSignals ?? true,
    random: options.random ?? Math.random,
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`${message}\n`)),
  };
}

function inRange(option: string, value: number, low: number, high: number, whole: boolean): number {
  if (typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new MetricsError("INVALID_OPTION", `${option} must be ${low}..${high}${whole ? " (whole)" : ""}, got ${value}`);
}

function named(option: string, value: string | undefined): string | undefined {
  if (value === undefined || (value.trim() !== "" && value.length <= 200)) return value;
  throw new MetricsError(
    "INVALID_OPTION",
    `${option} must be text of 1 to 200 characters, got ${JSON.stringify(value)}`,
  );
}
