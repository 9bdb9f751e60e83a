import { Flags } from "@giflab/cli-kit";
import type { MetricsReader, StateStore } from "@giflab/metrics-core";
import {
  type ChosenSource,
  chosenSource,
  type OpenState,
  openSource,
  openSourceState,
  type ResolvedConfig,
} from "@giflab/monitoring/store";
import { PACKAGE_ROOT } from "./framework-config.ts";
import { loadStoreSettings } from "./settings.ts";
import { openConfiguredStore, withStore } from "./store-session.ts";

/** Flags of the commands that can read a fleet's store as well as the configured backend. */
export const sourceFlags = {
  source: Flags.string({
    helpValue: "NAME",
    helpGroup: "SOURCE",
    summary: "Read this instead of the configured backend: prometheus, or a package. backend means the backend.",
  }),
  url: Flags.string({
    helpValue: "URL",
    helpGroup: "SOURCE",
    summary: "Where the source is, such as http://127.0.0.1:9090 of Prometheus or VictoriaMetrics.",
  }),
};

/** What is read, and where alert states are. */
export interface ReaderSession {
  readonly store: MetricsReader;
  /** For people: a file or an address. */
  readonly location: string;
  /** Alert states, silences and leases: in the store itself, or in a local file for a source. Empty where there is none yet. */
  readonly state: StateStore;
  /** Opens them for writing; close it after use. */
  openState(): Promise<OpenState>;
  /** Whether it is a source and not the configured backend: there a look at a whole day costs much. */
  readonly remote: boolean;
}

export interface ReaderOptions {
  readonly flags: { readonly source?: string | undefined; readonly url?: string | undefined };
  /** The configuration; loaded when it is not given. */
  readonly config?: ResolvedConfig | undefined;
  /** Takes diagnostics. */
  readonly trace?: (message: () => string) => void;
}

/**
 * Opens the source that the flags or the configuration name, or else the configured backend, hands it to `use` and closes it,
 * whatever happens. Rejects with what is wrong with configuration or store; with what `use` rejects with otherwise.
 */
export async function withReader<T>(
  use: (session: ReaderSession) => Promise<T>,
  { flags, config, trace }: ReaderOptions,
): Promise<T> {
  const settings = config ?? (await loadStoreSettings());
  const chosen = chosenSource(settings, flags);
  if (chosen !== undefined) return await withSource(use, settings, chosen, trace);
  return await withStore(
    ({ store, location }) => {
      const openState = () => openConfiguredStore(settings, { write: true });
      return use({ store, location, state: store, openState, remote: false });
    },
    { config: settings, ...(trace === undefined ? {} : { trace }) },
  );
}

async function withSource<T>(
  use: (session: ReaderSession) => Promise<T>,
  config: ResolvedConfig,
  chosen: ChosenSource,
  trace: ReaderOptions["trace"],
): Promise<T> {
  const roots = [PACKAGE_ROOT];
  const onWarning = (message: string): void => void process.stderr.write(`${message}\n`);
  const store = await openSource(config, chosen, { roots, onWarning });
  const location = String((store as { readonly location?: unknown }).location ?? chosen.name);
  trace?.(() => `source: ${chosen.name} at ${location}`);
  const state = new LazyState(() => openSourceState(config, location, { write: false, roots }));
  const openState = (): Promise<OpenState> => openSourceState(config, location, { write: true, roots });
  try {
    return await use({ store, location, state, openState, remote: true });
  } finally {
    await state.close();
    await store.close();
  }
}

/** The state of a source, opened when it is first asked: most commands never do. */
class LazyState implements StateStore {
  readonly #open: () => Promise<OpenState>;
  #opened: Promise<OpenState> | undefined;

  constructor(open: () => Promise<OpenState>) {
    this.#open = open;
  }

  async get(key: string): ReturnType<StateStore["get"]> {
    return await (await this.#state()).get(key);
  }

  async compareAndSet(...change: Parameters<StateStore["compareAndSet"]>): ReturnType<StateStore["compareAndSet"]> {
    return await (await this.#state()).compareAndSet(...change);
  }

  async list(prefix: string): ReturnType<StateStore["list"]> {
    return await (await this.#state()).list(prefix);
  }

  async close(): Promise<void> {
    // Who asked has been told why it could not be opened.
    await (await this.#opened?.catch(() => undefined))?.close();
  }

  #state(): Promise<OpenState> {
    this.#opened ??= this.#open();
    return this.#opened;
  }
}
