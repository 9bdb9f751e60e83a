import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findGifs, surveyGifs } from "../../src/run/find-gifs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-find-gifs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fill(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "x");
  }
}

async function found(...names: string[]): Promise<string[]> {
  const paths = await Array.fromAsync(findGifs(names.map((name) => join(folder, name))));
  return paths.map((path) => path.slice(folder.length + 1));
}

it("takes a folder with all that is in it, sorted, and files as they are", async () => {
  fill("b.gif", "a.GIF", "note.txt", "in/deep/c.gif", ".hidden/d.gif");
  symlinkSync(join(folder, "b.gif"), join(folder, "link.gif"));
  symlinkSync(join(folder, "in"), join(folder, "linked"));
  expect(await found(".", "note.txt")).toEqual(["a.GIF", "b.gif", "in/deep/c.gif", "link.gif", "note.txt"]);
});

it("takes each file once, at the place where it was asked for by name", async () => {
  fill("a.gif", "in/b.gif", "in/c.gif");
  expect(await found(".", "a.gif", "in", "in/b.gif", ".")).toEqual(["a.gif", "in/c.gif", "in/b.gif"]);
});

it("leaves out what runs have made, unless it is asked for", async () => {
  fill("a.gif", "results/001/run.json", "results/001/a-123/original.gif", "results/other.gif");
  expect(await found(".")).toEqual(["a.gif", "results/other.gif"]);
  expect(await found("results/001")).toEqual(["results/001/a-123/original.gif"]);
});

it("says which path leads nowhere or holds nothing", async () => {
  fill("in/note.txt");
  await expect(found("missing")).rejects.toThrow(/missing: there is no such file or folder/);
  await expect(found("in")).rejects.toThrow(/no \.gif file in this folder/);
  await expect(surveyGifs([join(folder, "in")])).rejects.toThrow(/no \.gif file in this folder/);
});

it("goes on when a folder goes away while it is at another", async () => {
  fill("a/1.gif", "b/2.gif", "c/3.gif");
  const seen: string[] = [];
  for await (const path of findGifs([folder])) {
    seen.push(path.slice(folder.length + 1));
    rmSync(join(folder, "b"), { recursive: true, force: true });
  }
  expect(seen).toEqual(["a/1.gif", "c/3.gif"]);
});

it("counts the files beforehand, and tells one set of files from another wherever it lies", async () => {
  fill("one/a.gif", "one/in/b.gif", "two/a.gif", "two/in/b.gif", "three/a.gif", "three/in/b.gif");
  writeFileSync(join(folder, "three/a.gif"), "other");
  const [one, two, three] = await Promise.all(["one", "two", "three"].map((name) => surveyGifs([join(folder, name)])));
  expect(one).toMatchObject({ count: 2, version: expect.stringMatching(/^[0-9a-f]{12}$/) });
  expect(two).toEqual(one);
  expect(three!.version).not.toBe(one!.version);
});
