import { printable, renderTable } from "@giflab/cli-kit";
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
    const settings = await this.settings();
    if (!this.jsonEnabled()) {
      const rows = Object.entries(settings).flatMap(([section, values]) =>
        Object.entries(values as Readonly<Record<string, unknown>>).map(([key, value]) => [
          `${section}.${key}`,
          printable(JSON.stringify(value ?? "(default)")),
        ]),
      );
      this.log(renderTable([{ heading: "key" }, { heading: "value" }], rows).join("\n"));
    }
    return settings;
  }
}
