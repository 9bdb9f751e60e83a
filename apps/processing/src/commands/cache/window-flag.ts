import { Flags, parseDuration } from "@giflab/cli-kit";

/** `--window`: how far back counts go. */
export const windowFlag = Flags.string({
  char: "w",
  summary: "Count what happened in this long only (3600, 90m, 7d); all that is stored by default.",
});

/** Seconds of the flag's value; `undefined` without one. @throws CommandError for anything but a duration */
export function windowSeconds(value: string | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value);
}
