import { type Clock, isMetricsError, MemoryBackend, type MetricsBackend, MetricsError } from "@giflab/metrics-core";
import { type BackendOptions, findBackend } from "./backend-package.ts";
import { isBackend } from "./backend-shape.ts";
import type { ResolvedConfig } from "./load-config.ts";
import type { BackendChoice } from "./monitoring-schema.ts";
import { resolvePath } from "./resolve-path.ts";

export interface BackendContext {
  readonly clock?: Clock | undefined;
  /** Further folders in which backend packages are looked for, such as those of a command's plugins. */
  readonly roots?: readonly string[] | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The backends that a configuration names, in its order. */
export function backendChoices({ monitoring }: ResolvedConfig): readonly BackendChoice[] {
  return Array.isArray(monitoring.backend) ? monitoring.backend : [monitoring.backend as BackendChoice];
}

/**
 * Makes the backend called `name` with its section of the configuration; opens nothing. Throws `BACKEND_MISSING`,
 * `INVALID_CONFIG` for options that it refuses, and whatever else its own code throws.
 */
export async function makeBackend(
  name: string,
  config: ResolvedConfig,
  { roots = [], ...context }: BackendContext & { readonly readonly?: boolean },
): Promise<MetricsBackend> {
  if (name === "memory") return new MemoryBackend({ bufferSize: config.monitoring.bufferSize, ...given(context) });
  const create = await findBackend(name, [config.folder, process.cwd(), ...roots]);
  let backend: unknown;
  try {
    backend = await create({ ...optionsOf(name, config), ...given(context) });
  } catch (cause) {
    if (!isMetricsError(cause, "INVALID_OPTION")) throw cause;
    const where = `${config.file ?? "configuration"}: monitoring.${sectionOf(name)}`;
    throw new MetricsError("INVALID_CONFIG", `${where}: ${cause.message}`, { cause });
  }
  if (isBackend(backend)) return backend;
  throw new MetricsError("BACKEND_MISSING", `${name} made no backend: it needs a name, write(snapshot) and close()`);
}

/** The options with which a backend of this name is made. */
export function optionsOf(name: string, { monitoring, origins, folder }: ResolvedConfig): BackendOptions {
  const further = monitoring.backendOptions[name] ?? {};
  if (name === "sqlite") {
    // The store keeps its limits, and whoever gives one changes it for all programs that write there: a default that nobody
    // chose must not shorten the history that another program asked for.
    const chosen = Object.entries(monitoring.sqlite).filter(
      ([key]) => key === "dbPath" || origins.get(`monitoring.sqlite.${key}`)?.source !== "default",
    );
    return { ...further, ...Object.fromEntries(chosen) };
  }
  if (name === "statsd") {
    const { path } = monitoring.statsd;
    return { ...further, ...monitoring.statsd, ...(path === undefined ? {} : { path: resolvePath(path, folder) }) };
  }
  return further;
}

function sectionOf(name: string): string {
  return name === "sqlite" || name === "statsd" ? name : `backendOptions.${name}`;
}

function given(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
