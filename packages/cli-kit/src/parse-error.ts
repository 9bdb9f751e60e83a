import { stripVTControlCharacters } from "node:util";
import { suggestion } from "./suggestion.ts";

/** What the framework's parser throws, as far as it matters here. */
interface FrameworkError {
  readonly message: string;
  readonly flags?: unknown;
  readonly args?: unknown;
}

/** How the error of a flag's value begins. */
const VALUE_ERROR = /^Parsing (--?[\w-]+)\s+/;

/** The parser's errors carry what they had parsed so far, unlike any other; those of a value begin in their own way. */
export function isParseError(error: unknown): error is Error & FrameworkError {
  if (!(error instanceof Error && "oclif" in error)) return false;
  return "parse" in error || VALUE_ERROR.test(stripVTControlCharacters(error.message));
}

/**
 * One sentence for a command line that could not be parsed, with the nearest flags that exist.
 *
 * @param flagNames long names without dashes
 */
export function describeParseError(error: FrameworkError, flagNames: readonly string[]): string {
  if (Array.isArray(error.flags)) {
    return error.flags
      .map((flag) => {
        // `--format=x` and `--format` are the same flag; a single-letter one can only be guessed by its first letter.
        const typed = String(flag).split("=")[0]!;
        const letter = /^-[a-z]/i.test(typed) ? typed[1]! : undefined;
        const near =
          letter === undefined
            ? suggestion(
                typed,
                flagNames.map((name) => `--${name}`),
              )
            : beginningWith(letter, flagNames);
        return `unknown flag ${typed}.${near}`;
      })
      .join("\n");
  }
  const text = stripVTControlCharacters(error.message).replace(/\n\s*See more help with --help$/, "");
  if (VALUE_ERROR.test(text)) return text.replace(VALUE_ERROR, "$1: ");
  const unexpected = /^Unexpected arguments?: (.*)$/s.exec(text);
  if (unexpected) return `unexpected argument: ${unexpected[1]}`;
  // "Expected --format=xml to be one of: ..." and "The following error occurred:\n  Missing required flag x".
  return text.replace(/^The following errors? occurred:\s*/, "");
}

function beginningWith(letter: string, flagNames: readonly string[]): string {
  const names = flagNames.filter((name) => name.startsWith(letter.toLowerCase()));
  return names.length === 0 ? "" : ` Did you mean ${names.map((name) => `--${name}`).join(" or ")}?`;
}
