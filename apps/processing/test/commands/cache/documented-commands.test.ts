import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../../../src/commands/index.ts";
import { CommandHome } from "./command-home.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const DOCUMENTS = ["docs/runbook.md", "apps/processing/README.md"];

/** The `giflab cache` lines of the code blocks of the manual and the README, as words, each once. */
function documentedCommands(): readonly (readonly string[])[] {
  const lines = DOCUMENTS.flatMap((path) => readFileSync(join(ROOT, path), "utf8").split("\n"))
    .filter((line) => line.startsWith("giflab cache "))
    // What follows is a comment; what is in brackets may be left out, and is tried here.
    .map((line) => line.replace(/ #.*/, "").replace(/[[\]]/g, "").trim());
  return [...new Set(lines)].map((line) => line.split(/ +/).slice(1));
}

test("every cache command that the manual and the README show is accepted and does what it says, as does its --json form", async () => {
  const home = new CommandHome();
  home.gif("data/raw/a.gif");
  home.gif("data/raw/b.gif", 4);
  await home.record((collector) => collector.recordCounter("cache.frame.hits", 1, { tier: "memory" }));
  const documented = documentedCommands();
  expect(documented.length).toBeGreaterThan(8);
  const commands = documented.map(([topic, name, ...words]) => {
    // As the shell does it.
    const paths = words.flatMap((word) => (word.includes("*") ? globSync(word, { cwd: home.folder }) : [word]));
    return [`${topic}:${name}`, ...paths];
  });
  const { outcomes } = home.giflabs(...commands.flatMap((command) => [command, [...command, "--json"]]));
  for (const [at, { exitCode, stdout, stderr }] of outcomes.entries()) {
    const command = commands[at >> 1]!.join(" ");
    expect.soft({ exitCode, stderr }, command).toEqual({ exitCode: 0, stderr: "" });
    expect.soft(stdout.length, command).toBeGreaterThan(0);
    if (at % 2 === 1) expect.soft(() => JSON.parse(stdout), command).not.toThrow();
  }
});

test("the manual names every cache command", () => {
  const manual = readFileSync(join(ROOT, "docs/runbook.md"), "utf8");
  const table = manual.slice(manual.indexOf("### Cache Commands"), manual.indexOf("### Sampling Strategy Selection"));
  const names = Object.keys(COMMANDS).flatMap((id) => (id.startsWith("cache:") ? [id.slice("cache:".length)] : []));
  expect(names.filter((name) => !new RegExp(`\`${name}[ \`]`).test(table))).toEqual([]);
});
