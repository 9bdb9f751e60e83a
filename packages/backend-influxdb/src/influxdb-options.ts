import { type Clock, nearestNames, systemClock, type Tags } from "@giflab/metrics-core";
import type { BucketChoice, BucketOptions } from "./bucket-choice.ts";
import {
  bucketsOption,
  invalidOption,
  secretOption,
  tagsOption,
  textOption,
  urlOption,
  wholeOption,
  yesOrNoOption,
} from "./option-values.ts";
import type { BucketFields } from "./point-lines.ts";

const CONSISTENCIES = ["any", "one", "quorum", "all"] as const;

/**
 * Where and what to write. `database` (InfluxDB 1) or `bucket` (InfluxDB 2 and 3) is needed, everything else has a
 * default. What is not given is looked for in the environment variables named below; an option wins over its variable.
 */
export interface InfluxdbOptions {
  /** Address of the server, a path in front of its API included; default `INFLUX_URL` or `http://127.0.0.1:8086`. */
  readonly url?: string | undefined;
  /** InfluxDB 1: name of the database; default `INFLUX_DATABASE`. */
  readonly database?: string | undefined;
  /** InfluxDB 1: creates the database when the server says that there is none; default false. */
  readonly createDatabase?: boolean | undefined;
  /** InfluxDB 1: default is the database's own default. */
  readonly retentionPolicy?: string | undefined;
  /** InfluxDB 1 Enterprise: how many nodes must have a line. */
  readonly consistency?: (typeof CONSISTENCIES)[number] | undefined;
  /** InfluxDB 1: default `INFLUX_USERNAME` and `INFLUX_PASSWORD`. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** InfluxDB 2 and 3: name of the bucket (3: the database); default `INFLUX_BUCKET`. */
  readonly bucket?: string | undefined;
  /** InfluxDB 2: name or id of the organisation; default `INFLUX_ORG`. Version 3 ignores it. */
  readonly org?: string | undefined;
  /** InfluxDB 2 and 3: default `INFLUX_TOKEN`. */
  readonly token?: string | undefined;
  /** Tags of every line, such as `{ region: "eu" }`. A metric's own tag of the same name holds. */
  readonly tags?: Tags | undefined;
  /**
   * The tag `instance`; default: the writer id, which is new with every start of the process. A name that lasts (`web-1`)
   * keeps the number of series from growing with each start; no two processes that run at once may have the same.
   */
  readonly instance?: string | undefined;
  /**
   * Upper bounds of the buckets of histograms and timers, in the metric's own unit, by patterns of names:
   * `{ "http.*": [0.1, 0.5, 1], "gc.*": false }`. The first pattern that matches decides; `false` writes none. Default: 1,
   * 2.5 and 5 of each decade from a microsecond to 100 seconds, from 0.001 to a million; powers of four of bytes.
   */
  readonly buckets?: BucketOptions | undefined;
  /** `all` (default): what a percentile in InfluxQL needs. `count`: the count per bucket alone, a fifth of the room. */
  readonly bucketFields?: BucketFields | undefined;
  /** Most lines in one request, 1 to 100,000; default 2,500: making them takes about 2 ms of the event loop. */
  readonly batchLines?: number | undefined;
  /** Most bytes in one request before compression, 10,000 to 25,000,000; default 1,000,000. */
  readonly batchBytes?: number | undefined;
  /** Whether requests of more than 1,000 bytes are compressed; default true. */
  readonly gzip?: boolean | undefined;
  /** How long an answer may take, 100 to 300,000 ms; default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Gets each kind of problem once that somebody has to put right; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** The API of InfluxDB 1, `/write`. */
export interface VersionOneTarget {
  readonly version: 1;
  readonly database: string;
  readonly createDatabase: boolean;
  readonly retentionPolicy: string | undefined;
  readonly consistency: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** The API of InfluxDB 2, `/api/v2/write`, which version 3 has too. */
export interface VersionTwoTarget {
  readonly version: 2;
  readonly bucket: string;
  readonly org: string;
  readonly token: string | undefined;
}

export interface InfluxdbSettings {
  readonly url: string;
  readonly target: VersionOneTarget | VersionTwoTarget;
  readonly tags: Tags;
  readonly instance: string | undefined;
  readonly buckets: BucketChoice;
  readonly bucketFields: BucketFields;
  readonly batch: { readonly lines: number; readonly bytes: number };
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ONLY_ONE = ["database", "createDatabase", "retentionPolicy", "consistency", "username", "password"] as const;
const ONLY_TWO = ["bucket", "org", "token"] as const;
const OTHERS = ["url", "tags", "instance", "buckets", "bucketFields", "batchLines", "batchBytes", "gzip", "timeoutMs"];
/** What the program that makes a backend gives it beside its configuration. */
const CONTEXT = ["onWarning", "clock", "readonly"];
const KNOWN = [...ONLY_ONE, ...ONLY_TWO, ...OTHERS, ...CONTEXT];

/** Complete settings, or `INVALID_OPTION`. Values of secrets are in no message. */
export function resolveInfluxdbOptions(options: InfluxdbOptions, environment: Environment): InfluxdbSettings {
  for (const key of Object.keys(options)) {
    if (KNOWN.includes(key)) continue;
    const near = nearestNames(key, KNOWN);
    const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
    throw invalidOption(`there is no option ${key}${meant}`);
  }
  const { gzip = true, bucketFields = "all" } = options;
  if (bucketFields !== "all" && bucketFields !== "count") {
    throw invalidOption(`bucketFields must be "all" or "count", got ${JSON.stringify(bucketFields)}`);
  }
  return {
    url: urlOption(options.url ?? variable(environment, "INFLUX_URL") ?? "http://127.0.0.1:8086"),
    target: version(options, environment) === 1 ? one(options, environment) : two(options, environment),
    tags: tagsOption(options.tags ?? {}),
    instance: textOption("instance", options.instance),
    buckets: bucketsOption(options.buckets ?? {}),
    bucketFields,
    batch: {
      lines: wholeOption("batchLines", options.batchLines ?? 2500, 1, 100_000),
      bytes: wholeOption("batchBytes", options.batchBytes ?? 1_000_000, 10_000, 25_000_000),
    },
    gzip: yesOrNoOption("gzip", gzip),
    timeoutMs: wholeOption("timeoutMs", options.timeoutMs ?? 10_000, 100, 300_000),
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`${message}\n`)),
    clock: options.clock ?? systemClock,
  };
}

/** Options decide; the environment only where they leave it open. */
function version(options: InfluxdbOptions, environment: Environment): 1 | 2 {
  const forOne = ONLY_ONE.filter((key) => options[key] !== undefined);
  const forTwo = ONLY_TWO.filter((key) => options[key] !== undefined);
  if (forOne.length > 0 && forTwo.length > 0) {
    throw invalidOption(
      `${forOne.join(", ")} belongs to InfluxDB 1 and ${forTwo.join(", ")} to InfluxDB 2 and 3: give one or the other`,
    );
  }
  if (forOne.length > 0) return 1;
  if (forTwo.length > 0) return 2;
  const [database, bucket] = ["INFLUX_DATABASE", "INFLUX_BUCKET"].map((name) => variable(environment, name));
  if (database !== undefined && bucket !== undefined) {
    throw invalidOption(
      "INFLUX_DATABASE means InfluxDB 1 and INFLUX_BUCKET InfluxDB 2 and 3: set one, or give an option",
    );
  }
  if (database !== undefined) return 1;
  if (bucket !== undefined) return 2;
  throw invalidOption(
    "give database (InfluxDB 1) or bucket, org and token (InfluxDB 2 and 3), or INFLUX_DATABASE or INFLUX_BUCKET",
  );
}

function one(options: InfluxdbOptions, environment: Environment): VersionOneTarget {
  const database = textOption("database", options.database ?? variable(environment, "INFLUX_DATABASE"));
  if (database === undefined) throw invalidOption("database is missing: the InfluxDB 1 database to write to");
  const { consistency } = options;
  if (consistency !== undefined && !CONSISTENCIES.includes(consistency)) {
    throw invalidOption(`consistency must be one of ${CONSISTENCIES.join(", ")}, got ${JSON.stringify(consistency)}`);
  }
  const username = textOption("username", options.username ?? variable(environment, "INFLUX_USERNAME"));
  const password = secretOption("password", options.password ?? variable(environment, "INFLUX_PASSWORD"));
  if (username === undefined && options.password !== undefined) throw invalidOption("password needs a username");
  return {
    version: 1,
    database,
    createDatabase: yesOrNoOption("createDatabase", options.createDatabase ?? false),
    retentionPolicy: textOption("retentionPolicy", options.retentionPolicy),
    consistency,
    username,
    password: username === undefined ? undefined : password,
  };
}

function two(options: InfluxdbOptions, environment: Environment): VersionTwoTarget {
  const bucket = textOption("bucket", options.bucket ?? variable(environment, "INFLUX_BUCKET"));
  if (bucket === undefined)
    throw invalidOption("bucket is missing: the InfluxDB 2 bucket, or InfluxDB 3 database, to write to");
  return {
    version: 2,
    bucket,
    org: textOption("org", options.org ?? variable(environment, "INFLUX_ORG")) ?? "",
    token: secretOption("token", options.token ?? variable(environment, "INFLUX_TOKEN")),
  };
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === "" ? undefined : value;
}
