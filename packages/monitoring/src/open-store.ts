import { type MetricsBackend, MetricsError, type MetricsStore, type StateStore } from "@giflab/metrics-core";
import { isStore, openEagerly } from "./backend-shape.ts";
import type { ResolvedConfig } from "./load-config.ts";
import { type BackendContext, backendChoices, makeBackend } from "./named-backend.ts";

export interface OpenStoreOptions {
  /** Also to clear, prune and change alert state; makes the store if there is none. Default: only to read. */
  readonly write?: boolean | undefined;
  /** Further folders in which backend packages are looked for, such as those of a command's plugins. */
  readonly roots?: readonly string[] | undefined;
  /** Gets what an operator should know, each once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Opens what other processes recorded: the first configured backend that can be read from outside of them, whether or not
 * monitoring is enabled. Throws `BACKEND_UNAVAILABLE` when there is none (and says what to do) or the store does not exist,
 * `BACKEND_MISSING`, and the store's own codes. Close it after use.
 */
export async function openStore(
  config: ResolvedConfig,
  options: OpenStoreOptions = {},
): Promise<MetricsStore & StateStore> {
  const reasons: string[] = [];
  for (const choice of backendChoices(config)) {
    const name = typeof choice === "string" ? choice : choice.name;
    const reason = unreadable(name, config);
    if (reason === undefined) {
      const store = await openChoice(choice, config, options);
      if (store !== undefined) return store;
    }
    reasons.push(reason ?? `backend "${name}" only takes metrics and answers no queries`);
  }
  const file = config.file ?? "giflab.config.ts";
  throw new MetricsError(
    "BACKEND_UNAVAILABLE",
    `${reasons.join("; ")}. To read metrics from another process, set backend: "sqlite" in ${file} (or a list such as ` +
      `["sqlite", "statsd"], or GIFLAB_METRICS_BACKEND=sqlite) and start the monitored program again`,
  );
}

async function openChoice(
  choice: string | MetricsBackend,
  config: ResolvedConfig,
  { write = false, onWarning, roots }: OpenStoreOptions,
): Promise<(MetricsStore & StateStore) | undefined> {
  const backend = await readingSide(choice, config, { readonly: !write, onWarning, roots });
  if (!isStore(backend)) {
    await backend.close();
    return undefined;
  }
  await openEagerly(backend);
  return backend;
}

/** A SQLite backend made in the configuration file is for writing: reading it must not create or change its file. */
async function readingSide(
  choice: string | MetricsBackend,
  config: ResolvedConfig,
  options: BackendContext & { readonly readonly: boolean },
): Promise<MetricsBackend> {
  if (typeof choice === "string") return makeBackend(choice, config, options);
  const { dbPath } = choice as { readonly dbPath?: unknown };
  if (choice.name !== "sqlite" || typeof dbPath !== "string") return choice;
  const { monitoring } = config;
  return makeBackend(
    "sqlite",
    { ...config, monitoring: { ...monitoring, sqlite: { ...monitoring.sqlite, dbPath } } },
    options,
  );
}

function unreadable(name: string, { monitoring }: ResolvedConfig): string | undefined {
  if (name === "memory") {
    return 'backend "memory" keeps metrics inside the process that recorded them, where no other process can read them';
  }
  if (name === "prometheus") {
    return (
      'backend "prometheus" serves metrics over HTTP to what scrapes them: read that with --source prometheus --url ' +
      "http://127.0.0.1:9090 (or GIFLAB_METRICS_SOURCE and GIFLAB_METRICS_URL)"
    );
  }
  if (name !== "statsd") return undefined;
  const { protocol, host = "127.0.0.1", port = 8125, path = "a Unix socket" } = monitoring.statsd;
  const server = protocol === "unix" ? path : `${host}:${port}`;
  return `backend "statsd" sends metrics to ${server}, where that server's own tools show them`;
}
