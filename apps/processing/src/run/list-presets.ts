import type { Preset } from "../pipeline/preset.ts";

/** What `giflab run --list-presets --json` prints. */
export interface PresetJson {
  readonly name: string;
  readonly description: string;
  readonly pipelines: readonly string[];
  /** The external engines its pipelines need; empty: none. */
  readonly engines: readonly string[];
}

/** A preset as it is shown. */
export function presetJson({ name, description, pipelines }: Preset): PresetJson {
  return {
    name,
    description,
    pipelines: pipelines.map(({ id }) => id),
    engines: [...new Set(pipelines.flatMap(({ engines }) => engines))],
  };
}

/** The presets for a reader. */
export function formatPresets(presets: readonly PresetJson[]): string {
  const lines = presets.flatMap(({ name, description, pipelines, engines }) => {
    const needs = engines.length === 0 ? [] : [`  with ${engines.join(" and ")}, as far as installed`];
    return [name, `  ${description}`, ...needs, ...pipelines.map((id) => `  - ${id}`)];
  });
  return lines.join("\n");
}
