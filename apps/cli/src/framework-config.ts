import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Config } from "@giflab/cli-kit";

/** This package's folder: both `src/` and `dist/` lie directly in it. */
export const PACKAGE_ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** What of a package.json is used here. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
}

/** This package's own package.json. */
export function packageManifest(): PackageManifest {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as PackageManifest;
}

/** A configuration without plugins, so without anything that could listen to the framework's hooks. */
class PlainConfig extends Config {
  override async runHook(): Promise<{ successes: []; failures: [] }> {
    return { successes: [], failures: [] };
  }
}

/**
 * The framework's configuration as far as a command needs it to parse flags and report errors, without the 24 ms that
 * finding plugins, shells and themes takes. For help there is `fullConfig`.
 */
export function plainConfig(): Config {
  const config = new PlainConfig({ root: PACKAGE_ROOT });
  config.bin = "giflab";
  config.name = "@giflab/cli";
  config.root = PACKAGE_ROOT;
  config.topicSeparator = " ";
  return config;
}
