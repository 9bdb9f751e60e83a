import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { RULES_FILE_NAMES } from "@giflab/alerting";
import type { ResolvedConfig } from "./load-config.ts";
import { resolvePath } from "./resolve-path.ts";

/**
 * The file with further alert rules: the one that the configuration names, else `giflab.rules.{yaml,yml,json}` beside the
 * configuration file; without one, in the working directory or the nearest folder above it. `undefined` when there is none.
 */
export function rulesFilePath({ monitoring, file, folder }: ResolvedConfig): string | undefined {
  const { rulesFile } = monitoring.alerts;
  if (rulesFile !== undefined) return resolvePath(rulesFile, folder);
  for (let here = folder; ; here = dirname(here)) {
    const found = RULES_FILE_NAMES.map((name) => join(here, name)).find((path) => existsSync(path));
    if (found !== undefined || file !== undefined || dirname(here) === here) return found;
  }
}
