import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CsvFile } from "../../src/run/csv-file.ts";
import { findGifs } from "../../src/run/find-gifs.ts";
import { createRunFolder } from "../../src/run/run-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-run-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("createRunFolder", () => {
  const date = new Date(2026, 10, 4);

  it("numbers runs upwards and points latest at the newest", async () => {
    mkdirSync(join(folder, "041-other-01-01-26"));
    const first = await createRunFolder(folder, "quick-test", date);
    const second = await createRunFolder(folder, "quick-test", date);
    expect([first, second].map((path) => basename(path))).toEqual([
      "042-quick-test-04-11-26",
      "043-quick-test-04-11-26",
    ]);
    expect(readlinkSync(join(folder, "latest"))).toBe("043-quick-test-04-11-26");
  });

  it("makes the folders above it, and refuses where none can be made", async () => {
    expect(await createRunFolder(join(folder, "a/b/c"), "p", date)).toBe(join(folder, "a/b/c/001-p-04-11-26"));
    writeFileSync(join(folder, "file"), "");
    await expect(createRunFolder(join(folder, "file/runs"), "p", date)).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")("ends with an error below a folder that takes no folders", async () => {
    await expect(createRunFolder("/proc/giflab/runs", "p", date)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("gives runs that start together folders of their own", async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => createRunFolder(folder, "p", date)));
    expect(new Set(made).size).toBe(5);
  });

  it("goes on without the link when something else is called latest", async () => {
    mkdirSync(join(folder, "latest"));
    const made = await createRunFolder(folder, "p", date);
    expect(readdirSync(folder).sort()).toEqual([basename(made), "latest"]);
  });
});

describe("findGifs", () => {
  it("takes files as they are, folders with all that is in them, and each once", async () => {
    mkdirSync(join(folder, "in/deep"), { recursive: true });
    mkdirSync(join(folder, ".hidden"));
    for (const name of ["b.gif", "a.GIF", "note.txt", "in/deep/c.gif", ".hidden/d.gif"])
      writeFileSync(join(folder, name), "x");
    symlinkSync(join(folder, "b.gif"), join(folder, "link.gif"));
    const found = await findGifs([folder, join(folder, "note.txt"), join(folder, "b.gif")]);
    expect(found.map((path) => path.slice(folder.length + 1))).toEqual([
      "a.GIF",
      "b.gif",
      "in/deep/c.gif",
      "link.gif",
      "note.txt",
    ]);
  });

  it("says which path leads nowhere or holds nothing", async () => {
    await expect(findGifs([join(folder, "missing")])).rejects.toThrow(/missing: there is no such file or folder/);
    await expect(findGifs([folder])).rejects.toThrow(/no \.gif file in this folder/);
  });
});

describe("CsvFile", () => {
  it("quotes what needs quoting and defuses formulas", async () => {
    const path = join(folder, "a.csv");
    const csv = await CsvFile.create(path, ["name", "value", "ok"]);
    await csv.add({ name: 'a,"b"\nc', value: 1.5, ok: true });
    await csv.add({ name: "=1+1", value: -3 });
    await csv.close();
    expect(readFileSync(path, "utf8")).toBe('name,value,ok\n"a,""b""\nc",1.5,true\n\'=1+1,-3,\n');
  });

  it("has every tenth row on disk at once, and the rest at the end", async () => {
    const path = join(folder, "a.csv");
    const csv = await CsvFile.create(path, ["n"]);
    for (let n = 0; n < 12; n++) await csv.add({ n });
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(11);
    await csv.close();
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(13);
  });
});
