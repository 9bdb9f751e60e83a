import { CacheCommand } from "./cache-command.ts";
import type { CacheSettings } from "./cache-session.ts";

/** `giflab cache config` */
export class CacheConfig extends CacheCommand {
  static override summary = "Show the settings of the caches that are in force.";
  static override description =
    "They come from the sections frameCache, validationCache and resizeCache of giflab.config.*; `giflab metrics config` " +
    "says where each value comes from.";

  async run(): Promise<CacheSettings> {
    await this.parse(CacheConfig);
    const { renderSettings, withDefaultPlaces } = await import("./render-settings.ts");
    const settings = withDefaultPlaces(await this.settings());
    if (!this.jsonEnabled()) this.log(renderSettings(settings).join("\n"));
    return settings;
  }
}
