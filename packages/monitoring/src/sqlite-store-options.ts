import { MetricsError } from "@giflab/metrics-core";
import type { ResolvedConfig } from "./load-config.ts";
import { backendChoices, optionsOf } from "./named-backend.ts";

/** The options of a SQLite store that somebody chose. */
export interface SqliteStoreOptions {
  /** Absent: the store's default. */
  readonly dbPath?: string;
  readonly retentionDays?: number;
  readonly rawHours?: number;
  readonly rollupDays?: number;
  readonly maxSizeMb?: number;
}

/**
 * Which SQLite file a configuration means, for tools that work on the file itself; nothing is opened. Throws
 * `BACKEND_UNAVAILABLE` when none of its backends is SQLite.
 */
export function sqliteStoreOptions(config: ResolvedConfig): SqliteStoreOptions {
  const options = optionsOf("sqlite", config) as SqliteStoreOptions;
  const names: string[] = [];
  for (const choice of backendChoices(config)) {
    if (choice === "sqlite") return options;
    if (typeof choice === "string") {
      names.push(choice);
      continue;
    }
    const { name, dbPath } = choice as { readonly name: string; readonly dbPath?: unknown };
    if (name === "sqlite" && typeof dbPath === "string") return { ...options, dbPath };
    names.push(name);
  }
  throw new MetricsError(
    "BACKEND_UNAVAILABLE",
    `this works on a SQLite store, and ${config.file ?? "the configuration"} has backend ${names.join(", ")}: ` +
      "name a file with GIFLAB_METRICS_BACKEND=sqlite GIFLAB_METRICS_DB=FILE",
  );
}
