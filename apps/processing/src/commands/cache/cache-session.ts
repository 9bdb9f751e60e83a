import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isMetricsError, type MetricsStore } from "@giflab/metrics-core";
import {
  instrumentAllSystems,
  loadConfig,
  openStore,
  type ResolvedConfig,
  registerExtension,
} from "@giflab/monitoring";
import type { FrameCacheSection, ResizeCacheSection, ValidationCacheSection } from "../../config/cache-sections.ts";
import { processingExtension } from "../../monitoring.ts";

/** The cache sections of the configuration, complete, with absolute paths. */
export interface CacheSettings {
  readonly frameCache: FrameCacheSection;
  readonly validationCache: ValidationCacheSection;
  readonly resizeCache: ResizeCacheSection;
}

/** What a store answered, or why it cannot be read. */
export type StoreReading<T> =
  | { readonly value: T; readonly reason: undefined }
  | { readonly value: undefined; readonly reason: string };

/** The configuration in force. @throws MetricsError `INVALID_CONFIG` */
export async function loadProcessingConfig(): Promise<ResolvedConfig> {
  registerExtension(processingExtension);
  return await loadConfig({ unknownSections: "keep" });
}

/** The cache sections of a configuration. Relative paths in it begin at its folder, `~` is the home folder. */
export function cacheSettings({ sections, folder }: ResolvedConfig): CacheSettings {
  const frameCache = sections["frameCache"] as FrameCacheSection;
  const validationCache = sections["validationCache"] as ValidationCacheSection;
  const resizeCache = sections["resizeCache"] as ResizeCacheSection;
  return {
    frameCache: { ...frameCache, diskPath: absolute(frameCache.diskPath, folder) },
    validationCache: { ...validationCache, diskPath: absolute(validationCache.diskPath, folder) },
    resizeCache: { ...resizeCache, clearSignalPath: absolute(resizeCache.clearSignalPath, folder) },
  };
}

/** Reads from the store that the configuration names, with `read`. */
export async function readStore<T>(
  config: ResolvedConfig,
  read: (store: MetricsStore) => Promise<T>,
): Promise<StoreReading<T>> {
  try {
    const store = await openStore(config, { onWarning: () => {} });
    try {
      return { value: await read(store), reason: undefined };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isMetricsError(error)) throw error;
    return { value: undefined, reason: error.message };
  }
}

/** Runs `work` with monitoring as configured, and delivers what was recorded. */
export async function withMonitoring<T>(config: ResolvedConfig, work: () => Promise<T>): Promise<T> {
  const monitoring = await instrumentAllSystems({ config });
  try {
    return await work();
  } finally {
    await monitoring.stop();
  }
}

function absolute(path: string | undefined, folder: string): string | undefined {
  if (path === undefined) return undefined;
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(folder, path);
}
