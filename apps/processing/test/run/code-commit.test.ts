import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { codeCommit } from "../../src/run/code-commit.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-code-commit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${text}\n`);
  }
}

it("finds the commit of the work tree around a folder, on a branch, packed or detached", () => {
  mkdirSync(join(folder, "apps/one"), { recursive: true });
  write({ ".git/HEAD": "ref: refs/heads/main", ".git/packed-refs": `# pack-refs\n${A} refs/heads/main` });
  expect(codeCommit(join(folder, "apps/one"))).toBe(A);
  write({ ".git/refs/heads/main": B });
  expect(codeCommit(join(folder, "apps/one"))).toBe(B);
  write({ ".git/HEAD": A });
  expect(codeCommit(folder)).toBe(A);
});

it("finds the commit of a further work tree, whose branches are with the first", () => {
  write({
    "first/.git/HEAD": "ref: refs/heads/main",
    "first/.git/refs/heads/side": B,
    "first/.git/worktrees/side/HEAD": "ref: refs/heads/side",
    "first/.git/worktrees/side/commondir": "../..",
    "side/.git": `gitdir: ${join(folder, "first/.git/worktrees/side")}`,
  });
  expect(codeCommit(join(folder, "side"))).toBe(B);
});

it("knows none of an installed package, outside of git, or of a branch without a commit", () => {
  write({ ".git/HEAD": "ref: refs/heads/none", "node_modules/giflab/package.json": "{}" });
  expect(codeCommit(folder)).toBeUndefined();
  write({ ".git/HEAD": A });
  expect(codeCommit(join(folder, "node_modules/giflab"))).toBeUndefined();
  expect(codeCommit(join(folder, "missing"))).toBeUndefined();
});
