import { dirname, join } from "node:path";
import {
  isMetricsError,
  MemoryState,
  type MetricsBackend,
  MetricsError,
  type MetricsReader,
  type StateStore,
} from "@giflab/metrics-core";
import { findReader } from "./backend-package.ts";
import { isReader, isSource, openEagerly } from "./backend-shape.ts";
import type { ResolvedConfig } from "./load-config.ts";
import { makeBackend } from "./named-backend.ts";

/** Where metrics are read from when it is not the configured backend. */
export interface ChosenSource {
  /** `prometheus`, or a package. */
  readonly name: string;
  /** Its address; `undefined`: what `monitoring.source.url` says. */
  readonly url: string | undefined;
}

export interface OpenSourceOptions {
  /** Further folders in which packages are looked for, such as those of a command's plugins. */
  readonly roots?: readonly string[] | undefined;
  /** Gets what the server warns of, each once. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * The source that flags or the configuration name; `undefined` for the configured backend, which is also called `backend`. A
 * url without a name is that of a Prometheus.
 */
export function chosenSource(
  { monitoring }: ResolvedConfig,
  given: { readonly source?: string | undefined; readonly url?: string | undefined } = {},
): ChosenSource | undefined {
  const name = given.source ?? (given.url === undefined ? monitoring.source.name : "prometheus");
  return name === undefined || name === "backend" ? undefined : { name, url: given.url ?? monitoring.source.url };
}

/**
 * Opens a source with the options of `monitoring.source`. Throws `BACKEND_MISSING`, and `INVALID_CONFIG` or `INVALID_OPTION` for
 * options that are missing or refused; whether the server answers is seen with the first query. Close it after use.
 */
export async function openSource(
  config: ResolvedConfig,
  { name, url }: ChosenSource,
  { roots = [], onWarning }: OpenSourceOptions = {},
): Promise<MetricsReader> {
  if (url === undefined) {
    throw new MetricsError(
      "INVALID_CONFIG",
      `source "${name}" needs a url, such as --url http://127.0.0.1:9090 (or GIFLAB_METRICS_URL, or monitoring.source.url)`,
    );
  }
  const create = await findReader(name, [config.folder, process.cwd(), ...roots]);
  const { name: _name, ...options } = config.monitoring.source;
  const reader = await create({ ...given(options), url, ...given({ onWarning }) });
  if (isSource(reader)) return reader;
  throw new MetricsError(
    "BACKEND_MISSING",
    `${name} made no reader: it needs summaries, series, points, stats and close`,
  );
}

/** A state store that is to be closed. */
export type OpenState = StateStore & { close(): Promise<void> };

/**
 * Alert states, silences and leases for a source that is only read: a SQLite file of its own beside `monitoring.sqlite.dbPath`,
 * one for each source. Without \`write\` and without a file it is empty. Throws `BACKEND_MISSING`, `BACKEND_UNAVAILABLE` and the
 * codes of the SQLite store.
 */
export async function openSourceState(
  config: ResolvedConfig,
  location: string,
  { write, ...context }: OpenSourceOptions & { readonly write: boolean },
): Promise<OpenState> {
  const { monitoring } = config;
  const { dbPath } = monitoring.sqlite;
  if (dbPath === undefined) {
    throw new MetricsError("BACKEND_UNAVAILABLE", "there is no home folder for alert states: set GIFLAB_METRICS_DB");
  }
  const own = join(dirname(dbPath), await stateFile(location));
  const settings = { ...config, monitoring: { ...monitoring, sqlite: { ...monitoring.sqlite, dbPath: own } } };
  try {
    const state = await makeBackend("sqlite", settings, { ...context, readonly: !write });
    await openOrClose(state);
    if (isReader(state)) return state;
    await (state as MetricsBackend).close();
  } catch (error) {
    const none = isMetricsError(error, "BACKEND_UNAVAILABLE") || isMetricsError(error, "BACKEND_MISSING");
    if (write || !none) throw error;
    return Object.assign(new MemoryState(), { close: async () => {} });
  }
  throw new MetricsError(
    "BACKEND_MISSING",
    "the SQLite backend keeps no alert states: install one of the same version",
  );
}

async function openOrClose(state: MetricsBackend): Promise<void> {
  try {
    await openEagerly(state);
  } catch (error) {
    await state.close();
    throw error;
  }
}

/** `alerts-host-9090-1a2b3c4d.db`: readable, and different for different addresses. */
async function stateFile(location: string): Promise<string> {
  // Only now: cryptography costs every command that merely reads some milliseconds.
  const { createHash } = await import("node:crypto");
  const readable = location
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
  return `alerts-${readable}-${createHash("sha256").update(location).digest("hex").slice(0, 8)}.db`;
}

function given(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
