import { resolve } from "node:path";
import type { MetricSummary } from "@giflab/metrics-core";
import { loadConfig, type ResolvedConfig, registerExtension } from "@giflab/monitoring";
import type { FrameCacheSection, ResizeCacheSection, ValidationCacheSection } from "../../config/cache-sections.ts";
import { processingExtension } from "../../monitoring.ts";

/** The cache sections of the configuration, complete. */
export interface CacheSettings {
  readonly frameCache: FrameCacheSection;
  readonly validationCache: ValidationCacheSection;
  readonly resizeCache: ResizeCacheSection;
}

async function configuration(): Promise<ResolvedConfig> {
  registerExtension(processingExtension);
  return await loadConfig({ unknownSections: "keep" });
}

/** Reads the cache sections of the configuration in force; paths in it are relative to its folder. */
export async function loadCacheSettings(): Promise<CacheSettings> {
  const { sections, folder } = await configuration();
  const frameCache = sections["frameCache"] as FrameCacheSection;
  const validationCache = sections["validationCache"] as ValidationCacheSection;
  const resizeCache = sections["resizeCache"] as ResizeCacheSection;
  return {
    frameCache: { ...frameCache, ...absolute(folder, "diskPath", frameCache.diskPath) },
    validationCache: { ...validationCache, ...absolute(folder, "diskPath", validationCache.diskPath) },
    resizeCache: { ...resizeCache, ...absolute(folder, "clearSignalPath", resizeCache.clearSignalPath) },
  };
}

function absolute<K extends string>(folder: string, key: K, path: string | undefined): { readonly [key in K]?: string } {
  return path === undefined ? {} : ({ [key]: resolve(folder, path) } as { readonly [key in K]: string });
}
