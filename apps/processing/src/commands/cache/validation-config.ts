import { CacheCommand } from "./cache-command.ts";
import type { CacheSettings } from "./cache-session.ts";

/** `giflab cache validation-config` */
export class CacheValidationConfig extends CacheCommand {
  static override summary = "Show the settings of the validation cache that are in force, with where its file is.";
  static override description =
    "They come from the section validationCache of giflab.config.*; metrics that are switched off there are computed each time.";

  async run(): Promise<CacheSettings["validationCache"]> {
    await this.parse(CacheValidationConfig);
    const { renderSettings, withDefaultPlaces } = await import("./render-settings.ts");
    const { validationCache } = withDefaultPlaces(await this.settings());
    if (!this.jsonEnabled()) this.log(renderSettings({ validationCache }).join("\n"));
    return validationCache;
  }
}
