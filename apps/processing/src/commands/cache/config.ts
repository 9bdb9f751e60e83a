import type { MemoryPressureSection } from "../../config/cache-sections.ts";
import { CacheCommand } from "./cache-command.ts";
import type { CacheSettings } from "./cache-session.ts";

/** What `cache config --json` prints. */
export interface CacheConfigJson extends CacheSettings {
  readonly memoryPressure: MemoryPressureSection;
}

/** `giflab cache config` */
export class CacheConfig extends CacheCommand {
  static override summary = "Show the settings of the caches that are in force.";
  static override description =
    "They come from the sections frameCache, validationCache, resizeCache and memoryPressure of giflab.config.*; `giflab " +
    "metrics config` says where each value comes from.";

  async run(): Promise<CacheConfigJson> {
    await this.parse(CacheConfig);
    const { renderSettings, withDefaultPlaces } = await import("./render-settings.ts");
    const memoryPressure = await this.section<MemoryPressureSection>("memoryPressure");
    const settings = { ...withDefaultPlaces(await this.settings()), memoryPressure };
    if (!this.jsonEnabled()) this.log(renderSettings(settings).join("\n"));
    return settings;
  }
}
