import { endOnBrokenPipe } from "./broken-pipe.ts";
import { describeError, isDebugging } from "./error-report.ts";
import { Command, Flags, type Interfaces } from "./framework.ts";
import { describeParseError, isParseError } from "./parse-error.ts";

/** Exit code of a command that was used wrongly or cannot answer. */
const ERROR_EXIT_CODE = 2;

/**
 * The base of every giflab command.
 *
 * - Commands whose result is data set `static enableJsonFlag = true` and return it: `--json` prints exactly that.
 * - An error is one message on stderr and an exit code (2, a `CommandError`'s own, or the command's `errorExitCode`);
 *   with `--json` also `{ "error": { code, message } }` on stdout. Stacks only with `GIFLAB_LOG_LEVEL=DEBUG`.
 * - A flag that does not exist is answered with the nearest that do; `| head` ends the command quietly; `--no-color` and
 *   `NO_COLOR` are respected by everything that goes through `styleText` with its stream.
 */
export abstract class GiflabCommand extends Command {
  static override baseFlags: Interfaces.FlagInput<{ "no-color": boolean | undefined }> = {
    "no-color": Flags.boolean({
      description: "No colours (they are used on a terminal only; NO_COLOR=1 does the same).",
      helpGroup: "GLOBAL",
    }),
  };

  /** Exit code of usage and store errors of this command. */
  protected readonly errorExitCode: number = ERROR_EXIT_CODE;

  protected override async init(): Promise<void> {
    endOnBrokenPipe();
    if (this.argv.includes("--no-color")) {
      process.env["NO_COLOR"] = "1";
      delete process.env["FORCE_COLOR"];
    }
    await super.init();
  }

  /** A line of diagnostics on stderr, shown with `GIFLAB_LOG_LEVEL=DEBUG` only; `message` is built only then. */
  protected trace(message: () => string): void {
    if (isDebugging()) process.stderr.write(`debug: ${message()}\n`);
  }

  protected override async catch(error: Error & { exitCode?: number; oclif?: { exit?: number } }): Promise<void> {
    if (error.oclif?.exit === 0) throw error;
    // With NODE_ENV=development the framework warns of commands that forgot to parse; this one may just have failed to.
    this.parsed = true;
    process.exitCode = error.exitCode ?? this.errorExitCode;
    const message = isParseError(error)
      ? `${describeParseError(error, this.#flagNames())}\nRun "${this.#title()} --help" for what it takes.`
      : describeError(error);
    process.stderr.write(`${message}\n`);
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
  }

  /** `{ error: { code, message } }`: the framework's own would print the whole configuration for a parse error. */
  protected override toErrorJson(error: unknown): { error: { code: string; message: string } } {
    if (isParseError(error)) {
      return { error: { code: "USAGE", message: describeParseError(error, this.#flagNames()) } };
    }
    const { code, message } = error as { code?: unknown; message?: unknown };
    return { error: { code: typeof code === "string" ? code : "ERROR", message: String(message ?? error) } };
  }

  /** Plain JSON, indented by two: never coloured, so that what a terminal shows can be copied. */
  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }

  #flagNames(): string[] {
    const { flags, baseFlags, enableJsonFlag } = this.ctor;
    return [...Object.keys({ ...baseFlags, ...flags }), ...(enableJsonFlag ? ["json"] : []), "help"];
  }

  #title(): string {
    return [this.config.bin, ...(this.id ?? "").split(":")].join(" ");
  }
}
