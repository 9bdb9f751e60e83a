import { CommandError, describeError, endOnBrokenPipe, runCommand, suggestion } from "@giflab/cli-kit";
import { readCommandLine } from "./command-line.ts";
import { type CommandTable, findCommand, isTopic, OWN_COMMANDS } from "./command-table.ts";
import { plainConfig } from "./framework-config.ts";
import { installHint, loadPluginCommands } from "./plugins.ts";

/**
 * Runs one command line (without `node` and the script) and sets `process.exitCode`.
 *
 * The framework parses flags and writes help; finding the command is done here, because loading the framework's
 * configuration and its plugins takes as long as answering `metrics status`: a plugin is loaded only when none of the own
 * commands is meant.
 */
export async function main(argv: readonly string[]): Promise<void> {
  endOnBrokenPipe();
  if (argv.includes("--no-color")) {
    process.env["NO_COLOR"] = "1";
    delete process.env["FORCE_COLOR"];
  }
  try {
    await dispatch(argv);
  } catch (error) {
    const { oclif, exitCode } = error as { oclif?: { exit?: number }; exitCode?: number };
    // `metrics alerts` keeps 2 for "critical".
    process.exitCode = oclif?.exit ?? exitCode ?? (argv[0] === "metrics" && argv[1] === "alerts" ? 3 : 2);
    if (oclif?.exit !== 0) process.stderr.write(`${describeError(error)}\n`);
  }
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const line = readCommandLine(argv);
  if (line.words.length === 0) {
    if (!line.help && argv.length > 0) {
      throw new CommandError(`unknown flag ${argv[0]}: flags come after a command. giflab --help lists the commands`);
    }
    await help([]);
    return;
  }
  for (const commands of [() => OWN_COMMANDS, allCommands]) {
    const table = await commands();
    const found = findCommand(table, line.words);
    if (found === undefined) continue;
    if (line.help) {
      await help(found.id.split(":"));
      return;
    }
    const command = await table[found.id]!.load();
    command.id = found.id;
    await runCommand(command, [...line.words.slice(found.words), ...line.rest], plainConfig(), async () =>
      (await import("./help.ts")).fullConfig(table),
    );
    return;
  }
  const table = await allCommands();
  if (isTopic(table, line.words)) await help(line.words);
  else throw unknownCommand(table, line.words);
}

async function allCommands(): Promise<CommandTable> {
  return { ...(await loadPluginCommands()), ...OWN_COMMANDS };
}

async function help(words: readonly string[]): Promise<void> {
  const { showHelp } = await import("./help.ts");
  await showHelp(await allCommands(), words);
}

function unknownCommand(table: CommandTable, words: readonly string[]): CommandError {
  const hint = installHint(words[0]!);
  if (hint !== undefined) return new CommandError(hint);
  const known = Object.keys(table).map((id) => id.replaceAll(":", " "));
  const typed = words.join(" ");
  // Whoever forgot the topic has the rest right.
  const withoutTopic = known.filter((name) => name.endsWith(` ${typed}`));
  const near =
    withoutTopic.length > 0
      ? ` Did you mean ${withoutTopic.join(" or ")}?`
      : [typed, words.slice(0, 2).join(" "), words[0]!]
          .map((wanted) => suggestion(wanted, known))
          .find((text) => text !== "");
  return new CommandError(`unknown command "${typed}".${near ?? ""} giflab --help lists the commands`);
}
