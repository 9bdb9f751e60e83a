import type { Command, Config, Interfaces } from "./framework.ts";
import { GiflabCommand } from "./giflab-command.ts";

/**
 * Runs a command with the caller's configuration. A command of this copy of the framework uses `config` as it is (the
 * framework's own `run` would load every plugin's commands again); any other makes its own from `loadOptions()`.
 */
export async function runCommand(
  command: Command.Class,
  argv: readonly string[],
  config: Config,
  loadOptions: () => Promise<Interfaces.LoadOptions>,
): Promise<void> {
  if (!(command.prototype instanceof GiflabCommand)) {
    await command.run([...argv], await loadOptions());
    return;
  }
  // What the framework's own `run` does; `_run` is protected in its declarations.
  const Runnable = command as unknown as new (argv: string[], config: Config) => { _run(): Promise<unknown> };
  await new Runnable([...argv], config)._run();
}
