import { isMetricsError, MemoryBackend, type MetricsBackend } from "@giflab/metrics-core";
import { openEagerly } from "./backend-shape.ts";
import type { ResolvedConfig } from "./load-config.ts";
import { type BackendContext, backendChoices, makeBackend } from "./named-backend.ts";

/** With these a store may well accept writes later, and the collector's queue tries again. */
const PASSING = ["BACKEND_BUSY", "BACKEND_FULL"] as const;

/**
 * Makes and opens the configured backends. One that cannot be opened is replaced by memory, and so is SQLite when nobody
 * chose it and its package is not installed: said once each, as monitoring must not stop its host. Throws `INVALID_CONFIG`,
 * and `BACKEND_MISSING` for a backend that was asked for by name. Without `enabled` there are none.
 */
export async function createBackends(
  config: ResolvedConfig,
  context: BackendContext = {},
): Promise<readonly MetricsBackend[]> {
  if (!config.monitoring.enabled) return [];
  const warn = context.onWarning ?? ((message: string) => void process.stderr.write(`giflab: ${message}\n`));
  const chosen = config.origins.get("monitoring.backend")?.source !== "default";
  const backends: MetricsBackend[] = [];
  const useMemory = (): void => {
    if (backends.some((backend) => backend.name === "memory")) return;
    const { bufferSize } = config.monitoring;
    backends.push(new MemoryBackend({ bufferSize, ...(context.clock ? { clock: context.clock } : {}) }));
  };
  for (const choice of backendChoices(config)) {
    try {
      const backend = typeof choice === "string" ? await makeBackend(choice, config, context) : choice;
      const problem = await openingProblem(backend);
      if (problem !== undefined) throw problem;
      backends.push(backend);
    } catch (error) {
      if (isMetricsError(error, "INVALID_CONFIG")) throw error;
      if (isMetricsError(error, "BACKEND_MISSING")) {
        if (chosen) throw error;
        warn(`metrics are kept in memory only; to keep history, install @giflab/backend-sqlite`);
      } else {
        const reason = error instanceof Error ? error.message : String(error);
        warn(`metrics are kept in memory only, until this process ends: ${reason}`);
      }
      useMemory();
    }
  }
  return backends;
}

async function openingProblem(backend: MetricsBackend): Promise<unknown> {
  try {
    await openEagerly(backend);
    return undefined;
  } catch (error) {
    if (PASSING.some((code) => isMetricsError(error, code))) return undefined;
    await Promise.resolve(backend.close()).catch(() => {});
    return error;
  }
}
