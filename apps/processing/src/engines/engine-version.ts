import { createRequire } from "node:module";

/** Who works inside this process: our own steps, and gifenc for palettes and the GIF's packing. */
export type BuiltInEngine = "built-in" | "gifenc";

/** An engine and its version: results of other versions are other results. */
export interface EngineVersion {
  readonly name: string;
  readonly version: string;
}

const PACKAGES: Readonly<Record<BuiltInEngine, string>> = {
  "built-in": "@giflab/processing",
  gifenc: "gifenc",
};

/** The version of an engine inside this process, from its package. */
export function engineVersion(name: BuiltInEngine): EngineVersion {
  const require = createRequire(import.meta.url);
  // By name, because sources and bundle lie at different depths.
  const { version } = require(`${PACKAGES[name]}/package.json`) as { version: string };
  return { name, version };
}
