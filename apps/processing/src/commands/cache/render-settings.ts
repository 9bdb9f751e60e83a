import { printable, renderTable } from "@giflab/cli-kit";
import {
  defaultFrameCachePath,
  defaultResizeSignalPath,
  defaultValidationCachePath,
} from "../../caching/cache-paths.ts";
import type { CacheSettings } from "./cache-session.ts";

/** The settings with the places of the files where none is configured. */
export function withDefaultPlaces({ frameCache, validationCache, resizeCache }: CacheSettings): CacheSettings {
  return {
    frameCache: { ...frameCache, diskPath: frameCache.diskPath ?? defaultFrameCachePath() },
    validationCache: { ...validationCache, diskPath: validationCache.diskPath ?? defaultValidationCachePath() },
    resizeCache: { ...resizeCache, clearSignalPath: resizeCache.clearSignalPath ?? defaultResizeSignalPath() },
  };
}

/** Sections of the configuration as a table of `section.key` and value. */
export function renderSettings(sections: object): string[] {
  const rows = Object.entries(sections).flatMap(([section, values]) =>
    Object.entries(values as Readonly<Record<string, unknown>>)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`${section}.${key}`, printable(JSON.stringify(value))]),
  );
  return renderTable([{ heading: "key" }, { heading: "value" }], rows);
}
