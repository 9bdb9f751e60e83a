import type { MetricsStore, StateStore } from "@giflab/metrics-core";
import { type OpenStoreOptions, openStore, type ResolvedConfig } from "@giflab/monitoring/store";
import { PACKAGE_ROOT } from "./framework-config.ts";
import { loadStoreSettings } from "./settings.ts";

/** An open store. */
export interface StoreSession {
  readonly store: MetricsStore & StateStore;
  /** Which one it is, for people: its file. */
  readonly location: string;
}

export interface StoreOptions {
  /** Whether the store is changed. Default false: then nothing about it is, and none is made. */
  readonly write?: boolean;
  /** The configuration; loaded when it is not given. */
  readonly config?: ResolvedConfig;
  /** Takes diagnostics. */
  readonly trace?: (message: () => string) => void;
}

/**
 * Opens the configured store, hands it to `use` and closes it, whatever happens.
 * Rejects with what is wrong with configuration or store; with what `use` rejects with otherwise.
 */
export async function withStore<T>(
  use: (session: StoreSession) => Promise<T>,
  { write = false, config, trace }: StoreOptions = {},
): Promise<T> {
  const settings = config ?? (await loadStoreSettings());
  trace?.(() => `configuration: ${settings.file ?? "no file, defaults and environment"}`);
  const store = await openConfiguredStore(settings, { write });
  try {
    const location = locationOf(store);
    trace?.(() => `store: ${location}`);
    return await use({ store, location });
  } finally {
    await store.close();
  }
}

/** Opens the store; a backend that the project does not have is taken from the packages that come with this command. */
export async function openConfiguredStore(
  config: ResolvedConfig,
  options: OpenStoreOptions,
): Promise<MetricsStore & StateStore> {
  return await openStore(config, { ...options, roots: [PACKAGE_ROOT] });
}

function locationOf(store: object): string {
  const { dbPath, name } = store as { readonly dbPath?: unknown; readonly name?: unknown };
  return String(dbPath ?? name ?? "store");
}
