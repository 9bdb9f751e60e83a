import { homedir } from "node:os";
import { join } from "node:path";
import { type Clock, MetricsError, systemClock } from "@giflab/metrics-core";

/** `process` survives `kill -9`; `power` also a power failure, at about 0.4 ms more a flush (and far more on a busy disk). */
export type Durability = "process" | "power";

/** Options of a SQLite store; all have defaults. */
export interface SqliteOptions {
  /** The database file; its folder is made. Default `~/.giflab_cache/metrics.db`. */
  readonly dbPath?: string | undefined;
  /** Only query: the file must exist, and nothing about it is changed. Default false. */
  readonly readonly?: boolean | undefined;
  /** Days for which points are kept, above 0 up to 3650; default 7. */
  readonly retentionDays?: number | undefined;
  /** Hours for which every flush is kept before it may be rolled up to minutes, 1 to 87,600; default 24. */
  readonly rawHours?: number | undefined;
  /** Days for which hourly rollups are kept, 1 to 3650; default 400. */
  readonly rollupDays?: number | undefined;
  /** Size of file and write-ahead log beyond which the oldest points go, 1 to 1,000,000 MB of 2^20 bytes; default 100. */
  readonly maxSizeMb?: number | undefined;
  readonly durability?: Durability | undefined;
  readonly clock?: Clock | undefined;
  /** Gets what an operator should know, each once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface SqliteSettings {
  readonly dbPath: string;
  readonly readonly: boolean;
  readonly retentionDays: number;
  readonly rawHours: number;
  readonly rollupDays: number;
  readonly maxBytes: number;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/** Complete settings, or `INVALID_OPTION` that names the option, the value got and what is allowed. */
export function resolveSqliteOptions(options: SqliteOptions): SqliteSettings {
  const { durability = "process" } = options;
  if (durability !== "process" && durability !== "power") {
    throw new MetricsError(
      "INVALID_OPTION",
      `durability must be "process" or "power", got ${JSON.stringify(durability)}`,
    );
  }
  return {
    dbPath: options.dbPath ?? defaultDbPath(),
    readonly: options.readonly ?? false,
    retentionDays: inRange("retentionDays", options.retentionDays ?? 7, 1e-6, 3650),
    rawHours: inRange("rawHours", options.rawHours ?? 24, 1, 87_600),
    rollupDays: inRange("rollupDays", options.rollupDays ?? 400, 1, 3650),
    maxBytes: inRange("maxSizeMb", options.maxSizeMb ?? 100, 1, 1_000_000) * 2 ** 20,
    durability,
    clock: options.clock ?? systemClock,
    onWarning: options.onWarning ?? ((message) => void process.stderr.write(`giflab: ${message}\n`)),
  };
}

/** Where metrics go unless somebody says otherwise. Throws `BACKEND_UNAVAILABLE` where the user has no home folder. */
export function defaultDbPath(): string {
  let home = "";
  try {
    home = homedir();
  } catch {
    // No HOME and no entry in the user database.
  }
  if (home === "" || home === "/nonexistent") {
    throw new MetricsError(
      "BACKEND_UNAVAILABLE",
      "there is no home folder to keep metrics in: set sqlite.dbPath or GIFLAB_METRICS_DB",
    );
  }
  return join(home, ".giflab_cache", "metrics.db");
}

function inRange(option: string, value: number, low: number, high: number): number {
  if (typeof value === "number" && value >= low && value <= high) return value;
  throw new MetricsError(
    "INVALID_OPTION",
    `${option} must be ${low === 1e-6 ? "above 0" : low}..${high}, got ${value}`,
  );
}
