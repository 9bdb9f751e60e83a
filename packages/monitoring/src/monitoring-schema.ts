import type { NotifierOptions } from "@giflab/alerting";
import { DEFAULT_ALERTS } from "@giflab/alerting/defaults";
import type { MetricsBackend } from "@giflab/metrics-core";
import * as v from "valibot";
import { isBackend } from "./backend-shape.ts";

/** A backend by name or package, or one that was made in the configuration file. */
export type BackendChoice = string | MetricsBackend;

/** `monitoring.sqlite`: the embedded store. */
export interface SqliteSection {
  /** The database file; default `~/.giflab_cache/metrics.db`. Relative paths begin at the configuration file. */
  readonly dbPath: string | undefined;
  /** Days for which points are kept, above 0 up to 3650. */
  readonly retentionDays: number;
  /** Size beyond which the oldest points go, 1 to 1,000,000 MB of 2^20 bytes. */
  readonly maxSizeMb: number;
  /** Hours for which every flush is kept before it may become one-minute points, 1 to 87,600. */
  readonly rawHours: number;
  /** `process` survives `kill -9`, `power` also a power failure. */
  readonly durability: "process" | "power";
}

/** `monitoring.statsd`: a StatsD server; what is not given is the backend's default. */
export interface StatsdSection {
  readonly protocol?: "udp" | "tcp" | "unix" | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** The server's socket with protocol `unix`. Relative paths begin at the configuration file. */
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  /** `telegraf` is `influx`. */
  readonly dialect?: "etsy" | "graphite" | "dogstatsd" | "influx" | "telegraf" | undefined;
  /** Lines per timer or histogram and flush, 1 to 1,000. */
  readonly timerSamples?: number | undefined;
  /** Whether these lines say how many values they stand for; false for collectd. */
  readonly sampleRates?: boolean | undefined;
  /** Bytes, 64 to 65,507. */
  readonly maxDatagramBytes?: number | undefined;
  /** Seconds, 0.1 to 60. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * `monitoring.source`: what `giflab metrics` reads instead of the configured backend, such as a fleet's Prometheus. Only reading
 * commands look at it; what programs record goes to `backend` as ever. The reader checks what it is given.
 */
export interface SourceSection {
  /** `prometheus`, or a package that exports `createReader(options)`; without it the backend is read. */
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Only series that have these labels with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Seconds for one answer. */
  readonly timeoutSeconds?: number | undefined;
  /** Samples that one query may read. */
  readonly maxSamples?: number | undefined;
  readonly maxAnswerMb?: number | undefined;
}

/** `monitoring.alerts`: thresholds of the built-in rules, further rules, and evaluation inside the program. Rates and usages are ratios, 0 to 1; the last two are factors. */
export interface AlertsSection {
  readonly cacheHitRateWarning: number;
  readonly cacheHitRateCritical: number;
  readonly memoryUsageWarning: number;
  readonly memoryUsageCritical: number;
  /** Evictions in the window against the mean of the preceding 24 hours. */
  readonly evictionRateSpike: number;
  /** p95 in the window against the p95 of the preceding 24 hours. */
  readonly responseTimeDegradation: number;
  /** A YAML or JSON file with further rules; relative to the configuration file. `undefined`: `giflab.rules.*` if there is one. */
  readonly rulesFile?: string | undefined;
  /** Seconds, 1 to 86,400, between two evaluations inside the program; `undefined`: none. */
  readonly evaluateEverySeconds?: number | undefined;
  /** Who is told of alerts, by the evaluation inside the program and by `giflab metrics alerts --notify`. */
  readonly notifiers: readonly NotifierOptions[];
}

/** The complete `monitoring` section. */
export interface MonitoringSettings {
  readonly enabled: boolean;
  /** Name under which this program records; `undefined`: the nearest package.json's name. */
  readonly service?: string | undefined;
  readonly backend: BackendChoice | readonly BackendChoice[];
  /** Points that may wait for a backend that does not accept them, 1 to 10 million. */
  readonly bufferSize: number;
  /** Seconds, 0.1 to 3600. */
  readonly flushIntervalSeconds: number;
  /** Share of calls that timers and histograms measure, above 0 up to 1; every call is counted. */
  readonly samplingRate: number;
  readonly sqlite: SqliteSection;
  readonly statsd: StatsdSection;
  readonly source: SourceSection;
  /** Options of other backends by their name or package; each backend checks its own. */
  readonly backendOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly alerts: AlertsSection;
  /** Monitored systems that are not to be recorded: `{ sampling: false }`. Everything else is. */
  readonly systems: Readonly<Record<string, boolean>>;
}

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What a file may say of `monitoring`: all of it is optional. */
export interface MonitoringInput extends Given<Omit<MonitoringSettings, "sqlite" | "statsd" | "source" | "alerts">> {
  readonly sqlite?:
    | (Given<Omit<SqliteSection, "dbPath">> & { readonly dbPath?: string | null | undefined })
    | undefined;
  readonly statsd?: Given<StatsdSection> | undefined;
  readonly source?: Given<SourceSection> | undefined;
  readonly alerts?: Given<AlertsSection> | undefined;
}

const text = (maxLength: number, allowed = `text of 1 to ${maxLength} characters`) =>
  v.pipe(
    v.string(`must be ${allowed}`),
    v.check((value) => value.trim() !== "" && value.length <= maxLength, `must be ${allowed}`),
  );

function number(low: number, high: number, note = "") {
  const message = `must be a number from ${low} to ${high}${note}`;
  return v.pipe(
    v.number(message),
    v.check((value) => value >= low && value <= high, message),
  );
}

function whole(low: number, high: number) {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.pipe(
    v.number(message),
    v.check((value) => Number.isInteger(value) && value >= low && value <= high, message),
  );
}

function above(low: number, high: number, note = "") {
  const message = `must be a number above ${low} and at most ${high}${note}`;
  return v.pipe(
    v.number(message),
    v.check((value) => value > low && value <= high, message),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

const yesOrNo = v.boolean("must be true or false");
const BACKEND = 'must be "memory", "sqlite", "statsd", the name of a backend package, a backend, or a list of these';
const choice = v.union(
  [
    v.pipe(
      v.string(),
      v.check((value) => value.trim() !== ""),
    ),
    v.custom<MetricsBackend>(isBackend),
  ],
  BACKEND,
);

const ratio = number(0, 1);
const alerts = v.pipe(
  v.strictObject({
    cacheHitRateWarning: v.optional(ratio, DEFAULT_ALERTS.cacheHitRateWarning),
    cacheHitRateCritical: v.optional(ratio, DEFAULT_ALERTS.cacheHitRateCritical),
    memoryUsageWarning: v.optional(ratio, DEFAULT_ALERTS.memoryUsageWarning),
    memoryUsageCritical: v.optional(ratio, DEFAULT_ALERTS.memoryUsageCritical),
    evictionRateSpike: v.optional(above(1, 1000), DEFAULT_ALERTS.evictionRateSpike),
    responseTimeDegradation: v.optional(above(1, 1000), DEFAULT_ALERTS.responseTimeDegradation),
    rulesFile: v.optional(text(4096, "the path of a file")),
    evaluateEverySeconds: v.optional(number(1, 86_400)),
    // What is in them is checked by the notifiers themselves.
    notifiers: v.optional(v.array(v.custom<NotifierOptions>(isObject, "must be an object"), "must be a list"), []),
  }),
  v.forward(
    v.check(
      (given) => given.cacheHitRateCritical <= given.cacheHitRateWarning,
      ({ input }) => `must be at most cacheHitRateWarning (${input.cacheHitRateWarning})`,
    ),
    ["cacheHitRateCritical"],
  ),
  v.forward(
    v.check(
      (given) => given.memoryUsageCritical >= given.memoryUsageWarning,
      ({ input }) => `must be at least memoryUsageWarning (${input.memoryUsageWarning})`,
    ),
    ["memoryUsageCritical"],
  ),
);

const sqlite = v.strictObject({
  dbPath: v.nullish(text(4096, "the path of a file")),
  retentionDays: v.optional(above(0, 3650), 7),
  maxSizeMb: v.optional(number(1, 1_000_000), 100),
  rawHours: v.optional(number(1, 87_600), 24),
  durability: v.optional(v.picklist(["process", "power"]), "process"),
});

const statsd = v.strictObject({
  protocol: v.optional(v.picklist(["udp", "tcp", "unix"])),
  host: v.optional(text(253, "a host name or an address")),
  port: v.optional(whole(1, 65_535)),
  path: v.optional(text(4096, "the path of a socket")),
  prefix: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]*$/, 'may hold letters, digits, "_", "-" and "." only')),
  ),
  dialect: v.optional(v.picklist(["etsy", "graphite", "dogstatsd", "influx", "telegraf"])),
  timerSamples: v.optional(whole(1, 1000)),
  sampleRates: v.optional(yesOrNo),
  maxDatagramBytes: v.optional(whole(64, 65_507)),
  timeoutSeconds: v.optional(number(0.1, 60)),
});

const someText = v.optional(v.string("must be text"));
const texts = v.optional(v.record(v.string(), v.string("must be text")));
const someNumber = v.optional(v.number("must be a number"));
const source = v.strictObject({
  name: v.optional(text(200, "prometheus, or the name of a package")),
  url: v.optional(text(4096, "the address of a server")),
  token: someText,
  username: someText,
  password: someText,
  headers: texts,
  labels: texts,
  timeoutSeconds: someNumber,
  maxSamples: someNumber,
  maxAnswerMb: someNumber,
});

/** The `monitoring` section; defaults fill what is not given. */
export const monitoringSchema: v.GenericSchema<MonitoringInput, MonitoringSettings> = v.strictObject({
  enabled: v.optional(yesOrNo, true),
  service: v.optional(text(200)),
  backend: v.optional(v.union([choice, v.pipe(v.array(choice), v.minLength(1, BACKEND))], BACKEND), "sqlite"),
  bufferSize: v.optional(whole(1, 10_000_000), 10_000),
  flushIntervalSeconds: v.optional(number(0.1, 3600), 10),
  samplingRate: v.optional(above(0, 1, " (enabled: false turns monitoring off)"), 1),
  sqlite: v.optional(sqlite, {}),
  statsd: v.optional(statsd, {}),
  source: v.optional(source, {}),
  backendOptions: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  alerts: v.optional(alerts, {}),
  systems: v.optional(v.record(v.string(), yesOrNo), {}),
}) as v.GenericSchema<MonitoringInput, MonitoringSettings>;
