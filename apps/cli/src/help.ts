import { type Command, Config, type Interfaces } from "@giflab/cli-kit";
import { Help } from "@giflab/cli-kit/help";
import type { CommandTable } from "./command-table.ts";
import { PACKAGE_ROOT, packageManifest } from "./framework-config.ts";

const TOPICS = [
  { name: "metrics", description: "What the monitored processes recorded." },
  {
    name: "metrics:rules",
    description: "The alert rules: which there are, their tests, and what they would have fired.",
  },
];

/** Shows the help of everything (no words), of a topic or of a command. */
export async function showHelp(table: CommandTable, words: readonly string[]): Promise<void> {
  const config = await fullConfig(table);
  await new Help(config, { stripAnsi: false }).showHelp([...words]);
}

/** The framework's configuration with all commands in it, those of plugins too. */
export async function fullConfig(table: CommandTable): Promise<Config> {
  const commands = await Promise.all(
    Object.entries(table).map(async ([id, { load }]) => asLoadable(id, await load(), load)),
  );
  const { name, version } = packageManifest();
  const plugin = {
    _base: "",
    alias: name,
    commandIDs: commands.map(({ id }) => id),
    commands,
    hooks: {},
    isRoot: true,
    moduleType: "module",
    name,
    options: { root: PACKAGE_ROOT },
    pjson: { name, version, oclif: { bin: "giflab", dirname: "giflab", topicSeparator: " " } },
    root: PACKAGE_ROOT,
    topics: TOPICS,
    type: "core",
    valid: true,
    version,
  };
  // The framework takes plugins that are loaded already; its type names members that only its own loader uses.
  const plugins = new Map([[name, plugin as unknown as Interfaces.Plugin]]);
  return Config.load({ root: PACKAGE_ROOT, plugins });
}

/** What a command's help is made of: its static members, flags with their names. */
function asLoadable(id: string, command: Command.Class, load: () => Promise<Command.Class>): Command.Loadable {
  const { summary, description, examples, usage, strict, hidden, enableJsonFlag } = command;
  const flags = {
    ...command.flags,
    ...command.baseFlags,
    ...(enableJsonFlag ? { json: { type: "boolean", description: "Data as JSON.", helpGroup: "GLOBAL" } } : {}),
  };
  return {
    id,
    summary,
    description,
    examples,
    usage,
    strict,
    hidden: hidden ?? false,
    aliases: [],
    hiddenAliases: [],
    hasDynamicHelp: false,
    pluginName: "@giflab/cli",
    args: named(command.args ?? {}),
    flags: named(flags),
    load,
  } as unknown as Command.Loadable;
}

function named(members: object): Record<string, object> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, { ...(member as object), name }]));
}
