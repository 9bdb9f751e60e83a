import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, isDebugging } from "@giflab/cli-kit";
import type { CommandTable } from "./command-table.ts";

/** A package that adds commands (its `./commands` export's COMMANDS) and configuration (its `./monitoring` export). */
interface PluginName {
  readonly name: string;
  /** The nearest package.json upward from the working directory: the plugin may be installed there. */
  readonly project: string | undefined;
  /** Whether that package.json asks for it; otherwise it is used if it happens to be installed. */
  readonly wanted: boolean;
}

/** Plugins that are used when they are installed, and the first words of their commands. */
const KNOWN_PLUGINS: Readonly<Record<string, readonly string[]>> = { "@giflab/processing": ["cache", "run"] };

/** The commands of every plugin that is installed. One that cannot be loaded is reported on stderr and left out. */
export async function loadPluginCommands(): Promise<CommandTable> {
  const table: Record<string, { readonly load: () => Promise<Command.Class> }> = {};
  for (const plugin of pluginNames()) {
    const module = await loadExport(plugin, "commands");
    const commands = (module?.["COMMANDS"] ?? {}) as Readonly<Record<string, Command.Class>>;
    for (const [id, command] of Object.entries(commands)) table[id] = { load: async () => command };
  }
  return table;
}

/** The configuration that installed plugins add: their catalogues, config sections and default alert rules. */
export async function loadExtensions<T>(isExtension: (value: unknown) => value is T): Promise<T[]> {
  const extensions: T[] = [];
  for (const plugin of pluginNames()) {
    const module = await loadExport(plugin, "monitoring");
    extensions.push(...Object.values(module ?? {}).filter(isExtension));
  }
  return extensions;
}

/** How to get the command that begins with `word`, if it belongs to a known plugin that is not installed. */
export function installHint(word: string): string | undefined {
  const plugin = pluginNames().find(({ name }) => KNOWN_PLUGINS[name]?.includes(word));
  if (plugin === undefined || resolveExport(plugin, "commands") !== undefined) return undefined;
  const { name } = plugin;
  return `"giflab ${word}" comes with ${name}, which is not installed: npm install ${name} (or pnpm add) beside @giflab/cli`;
}

/** The known plugins, then those that the nearest package.json upward lists as `"giflab": { "plugins": [...] }`. */
function pluginNames(): PluginName[] {
  const project = nearestManifest(process.cwd());
  const wanted = project === undefined ? [] : pluginsNamedIn(project);
  return [...new Set([...Object.keys(KNOWN_PLUGINS), ...wanted])].map((name) => ({
    name,
    project,
    wanted: wanted.includes(name),
  }));
}

function pluginsNamedIn(file: string): string[] {
  try {
    const { giflab } = JSON.parse(readFileSync(file, "utf8")) as { giflab?: { plugins?: unknown } };
    return Array.isArray(giflab?.plugins) ? giflab.plugins.filter((name) => typeof name === "string") : [];
  } catch {
    // A package.json that cannot be read is somebody else's business.
    return [];
  }
}

function nearestManifest(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder));
}

async function loadExport(plugin: PluginName, name: string): Promise<Record<string, unknown> | undefined> {
  const url = resolveExport(plugin, name);
  if (url === undefined) {
    if (plugin.wanted && name === "commands") {
      warn(`plugin ${plugin.name} (named in ${plugin.project}) is not installed, or exports no ./commands`);
    }
    return undefined;
  }
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const { message, stack } = error as Error;
    warn(`plugin ${plugin.name} cannot be loaded: ${isDebugging() ? stack : message}`);
    return undefined;
  }
}

/** Beside this package, or in the project. */
function resolveExport({ name: plugin, project }: PluginName, name: string): string | undefined {
  const specifier = `${plugin}/${name}`;
  try {
    return import.meta.resolve(specifier);
  } catch {
    // Not beside this package, or without this export.
  }
  if (project === undefined) return undefined;
  try {
    return pathToFileURL(createRequire(project).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`);
}
