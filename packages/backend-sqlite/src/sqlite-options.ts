import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Clock, MetricsError, systemClock } from "@giflab/metrics-core";
import type { StoreLimits } from "./store-limits.ts";

/** `process` survives `kill -9`; `power` also a power failure, at about 0.4 ms more a flush (and far more on a busy disk). */
export type Durability = "process" | "power";

/**
 * Who packs and cleans up a store: a thread that lives for as long as there is something to do, or the event loop, some
 * milliseconds at a time.
 */
export type UpkeepPlace = "thread" | "loop";

/**
 * Options of a SQLite store; all have defaults. The four limits (`retentionDays`, `rawHours`, `rollupDays`, `maxSizeMb`) are
 * kept in the file: who gives one changes it for every program that writes there, who gives none takes what the file says.
 */
export interface SqliteOptions {
  /** The database file; its folder is made. Default `~/.giflab_cache/metrics.db`. */
  readonly dbPath?: string | undefined;
  /** Only query: the file must exist, and nothing in it is changed. Default false. */
  readonly readonly?: boolean | undefined;
  /** Days for which flushes and minutes are kept, above 0 up to 3650; default 7. */
  readonly retentionDays?: number | undefined;
  /** Hours after which flushes are rolled up to minutes, 1 to 87,600; default 24. 24 times `retentionDays` or more: never. */
  readonly rawHours?: number | undefined;
  /** Days for which hours are kept, 1 to 3650; default 400. Not more than `retentionDays`: none are made. */
  readonly rollupDays?: number | undefined;
  /** Size of file and write-ahead log beyond which the oldest points go, 1 to 1,000,000 MB of 2^20 bytes; default 100. */
  readonly maxSizeMb?: number | undefined;
  /** Default `process`. */
  readonly durability?: Durability | undefined;
  /**
   * Default `thread`: upkeep takes nothing of the event loop, and the memory it needs (some 50 MB for an hour of 1,000 series)
   * is given back. A process that is younger than two seconds, or may start no threads, does it on the loop all the same.
   */
  readonly upkeep?: UpkeepPlace | undefined;
  /** What "now" is for retention; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** Gets what an operator should know, each message once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface SqliteSettings {
  readonly dbPath: string;
  readonly readonly: boolean;
  /** Only the limits that somebody asked for; the others are the file's own. */
  readonly given: Partial<StoreLimits>;
  readonly durability: Durability;
  readonly upkeep: UpkeepPlace;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/** Smallest and largest value of each limit; 0 as the smallest means above 0. */
const RANGES: { readonly [limit in keyof StoreLimits]: readonly [number, number] } = {
  retentionDays: [0, 3650],
  rawHours: [1, 87_600],
  rollupDays: [1, 3650],
  maxSizeMb: [1, 1_000_000],
};

/** Complete settings, or `INVALID_OPTION` that names the option, the value got and what is allowed. */
export function resolveSqliteOptions(options: SqliteOptions): SqliteSettings {
  const { dbPath = defaultDbPath(), readonly = false, durability = "process", clock = systemClock } = options;
  const { upkeep = "thread" } = options;
  if (typeof dbPath !== "string" || dbPath.trim() === "" || dbPath.includes("\0")) {
    throw new MetricsError("INVALID_OPTION", `dbPath must be the path of a file, got ${JSON.stringify(dbPath)}`);
  }
  if (dbPath === ":memory:") {
    throw new MetricsError("INVALID_OPTION", "dbPath must be the path of a file; for memory take MemoryBackend");
  }
  if (durability !== "process" && durability !== "power") {
    throw new MetricsError(
      "INVALID_OPTION",
      `durability must be "process" or "power", got ${JSON.stringify(durability)}`,
    );
  }
  if (upkeep !== "thread" && upkeep !== "loop") {
    throw new MetricsError("INVALID_OPTION", `upkeep must be "thread" or "loop", got ${JSON.stringify(upkeep)}`);
  }
  const given: Partial<Record<keyof StoreLimits, number>> = {};
  for (const limit of Object.keys(RANGES) as (keyof StoreLimits)[]) {
    const value = options[limit];
    if (value !== undefined) given[limit] = inRange(limit, value);
  }
  const warn = options.onWarning ?? ((message: string): void => void process.stderr.write(`giflab: ${message}\n`));
  return { dbPath: resolve(dbPath), readonly, given, durability, upkeep, clock, onWarning: onceEach(warn) };
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

function inRange(option: keyof StoreLimits, value: number): number {
  const [low, high] = RANGES[option];
  if (typeof value === "number" && (low === 0 ? value > 0 : value >= low) && value <= high) return value;
  const allowed = low === 0 ? `above 0 and at most ${high}` : `${low}..${high}`;
  throw new MetricsError("INVALID_OPTION", `${option} must be ${allowed}, got ${JSON.stringify(value)}`);
}

function onceEach(warn: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    warn(message);
  };
}
