import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRunFolder } from "../../src/run/run-folder.ts";

const date = new Date(2026, 10, 4);
const nothing = async (): Promise<void> => {};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-run-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("numbers runs upwards and points latest at the newest", async () => {
  mkdirSync(join(folder, "041-other-01-01-26"));
  const first = await createRunFolder(folder, "quick-test", date, nothing);
  const second = await createRunFolder(folder, "quick-test", date, nothing);
  expect([first, second].map((path) => basename(path))).toEqual(["042-quick-test-04-11-26", "043-quick-test-04-11-26"]);
  expect(readlinkSync(join(folder, "latest"))).toBe("043-quick-test-04-11-26");
});

it("makes the folders above it, and refuses where none can be made", async () => {
  expect(await createRunFolder(join(folder, "a/b/c"), "p", date, nothing)).toBe(join(folder, "a/b/c/001-p-04-11-26"));
  writeFileSync(join(folder, "file"), "");
  await expect(createRunFolder(join(folder, "file/runs"), "p", date, nothing)).rejects.toMatchObject({
    code: "ENOTDIR",
  });
});

it.runIf(process.platform === "linux")("ends with an error below a folder that takes no folders", async () => {
  await expect(createRunFolder("/proc/giflab/runs", "p", date, nothing)).rejects.toMatchObject({ code: "ENOENT" });
});

it("gives runs that start together folders of their own, each with its own content", async () => {
  const made = await Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      createRunFolder(folder, "p", date, async (path) => writeFileSync(join(path, String(at)), "")),
    ),
  );
  expect(new Set(made).size).toBe(5);
  expect(made.map((path) => readdirSync(path))).toEqual([["0"], ["1"], ["2"], ["3"], ["4"]]);
});

it("names a folder only when it is filled, and leaves none behind when that fails", async () => {
  const filling = createRunFolder(folder, "p", date, async () => {
    expect(existsSync(join(folder, "001-p-04-11-26"))).toBe(false);
    throw new Error("no room");
  });
  await expect(filling).rejects.toThrow("no room");
  expect(readdirSync(folder)).toEqual([]);
});

it("goes on without the link when something else is called latest", async () => {
  mkdirSync(join(folder, "latest"));
  const made = await createRunFolder(folder, "p", date, nothing);
  expect(readdirSync(folder).sort()).toEqual([basename(made), "latest"]);
});
