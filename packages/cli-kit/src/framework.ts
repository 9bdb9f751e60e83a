import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import * as Flags from "@oclif/core/flags";
import type * as Interfaces from "@oclif/core/interfaces";

// By their own paths: the package's main module would also load its help, its updater and its version checks, a third of
// the start-up time of a command that needs none of them.
export { Args, Command, Config, Flags, type Interfaces };
