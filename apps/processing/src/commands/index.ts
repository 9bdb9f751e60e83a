import type { Command } from "@giflab/cli-kit";
import { Run } from "./run.ts";

/** The commands this package adds to `giflab`, by id (words joined by a colon). */
export const COMMANDS: Readonly<Record<string, Command.Class>> = {
  run: Run,
};
