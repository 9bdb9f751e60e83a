import type { Command } from "@giflab/cli-kit";
import { expect, test } from "vitest";
import { OWN_COMMANDS } from "../src/command-table.ts";

interface FlagLike {
  readonly char?: string;
  readonly type: string;
  readonly default?: unknown;
  readonly options?: readonly string[];
}

/** A command and its flags as text: what scripts out there rely on. */
function reference(id: string, { flags, enableJsonFlag }: Command.Class): string {
  const lines = Object.entries((flags ?? {}) as Record<string, FlagLike>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) =>
      [
        `  --${name}`,
        ...(flag.char === undefined ? [] : [`-${flag.char}`]),
        ...(flag.type === "boolean" ? [] : ["VALUE"]),
        ...(flag.options === undefined ? [] : [flag.options.join("|")]),
        ...(flag.default === undefined ? [] : [`= ${String(flag.default)}`]),
      ].join(" "),
    );
  return [`giflab ${id.replaceAll(":", " ")}`, ...lines, ...(enableJsonFlag ? ["  --json"] : [])].join("\n");
}

test("commands and flags are what they were: a change here is a change for every script that calls them", async () => {
  const commands = await Promise.all(
    Object.entries(OWN_COMMANDS).map(async ([id, { load }]) => reference(id, await load())),
  );
  await expect(`${commands.join("\n\n")}\n`).toMatchFileSnapshot("command-reference.txt");
});
