import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { detectEngines } from "../../src/engines/detect-engines.ts";
import { findExecutable } from "../../src/engines/find-executable.ts";
import { EngineFolder } from "./fake-engine.ts";
import { describeWith, installed } from "./installed-engines.ts";

const folder = new EngineFolder();

describe("findExecutable", () => {
  it("takes the first executable file of that name, and no folder, other file or relative path", async () => {
    for (const name of ["a", "b", "c", "d"]) mkdirSync(join(folder.path, name));
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => join(folder.path, name));
    mkdirSync(join(a!, "tool"));
    writeFileSync(join(b!, "tool"), "not for running");
    chmodSync(join(b!, "tool"), 0o644);
    for (const bin of [c, d]) writeFileSync(join(bin!, "tool"), "#!/bin/sh\n", { mode: 0o755 });
    const searchPath = `:${relative(process.cwd(), d!)}:${join(folder.path, "absent")}:${a}:${b}:${c}:${d}`;
    expect(await findExecutable("tool", searchPath)).toBe(join(c!, "tool"));
    expect(await findExecutable("tool", "")).toBeUndefined();
    expect(await findExecutable("tool", `${a}:${b}`)).toBeUndefined();
  });
});

describe("detectEngines", () => {
  it("says of each engine that is missing what to install", async () => {
    expect(await detectEngines(folder.path)).toEqual({
      found: [],
      missing: [
        { name: "gifsicle", packageName: "gifsicle", reason: "gifsicle is not on PATH" },
        { name: "ffmpeg", packageName: "ffmpeg", reason: "ffmpeg is not on PATH" },
      ],
      prlimit: undefined,
    });
  });

  it("reads versions of releases, of distributions and of builds from a repository", async () => {
    const versions = async (name: string, says: string, folderName: string): Promise<string | undefined> => {
      const { found } = await detectEngines(folder.put("", { name, says, folder: folderName }));
      return found.find((engine) => engine.name === name)?.version;
    };
    expect(await versions("gifsicle", "LCDF Gifsicle 1.93", "a")).toBe("1.93");
    expect(await versions("gifsicle", "LCDF Gifsicle 1.95 (lossy)", "b")).toBe("1.95");
    expect(await versions("ffmpeg", "ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026", "c")).toBe(
      "5.1.9-0+deb12u1",
    );
    expect(await versions("ffmpeg", "ffmpeg version n7.1 Copyright", "d")).toBe("n7.1");
    expect(await versions("ffmpeg", "ffmpeg version N-118-gabc Copyright", "e")).toBe("N-118-gabc");
  });

  it("does not use what is too old, is something else, or fails when asked for its version", async () => {
    const reason = async (says: string, folderName: string): Promise<string | undefined> =>
      (await detectEngines(folder.put("", { says, folder: folderName }))).missing[0]?.reason;
    expect(await reason("LCDF Gifsicle 1.91", "old")).toBe(
      `${join(folder.path, "old/gifsicle")} is version 1.91, 1.92 or later is needed`,
    );
    expect(await reason("GIF icicle 3.0", "other")).toBe(
      `${join(folder.path, "other/gifsicle")} does not say its version as gifsicle does`,
    );
    const crashing = join(folder.path, "crashing");
    mkdirSync(crashing);
    writeFileSync(join(crashing, "gifsicle"), "#!/bin/sh\necho no library >&2\nexit 127\n", { mode: 0o755 });
    expect((await detectEngines(crashing)).missing[0]?.reason).toBe("gifsicle ended with code 127: no library");
  });

  it("asks once in a process, however often it is called", async () => {
    const asked = join(folder.path, "asked");
    const bin = folder.put("", { says: `LCDF Gifsicle 1.93$(echo asked >> '${asked}')` });
    const [first, second] = await Promise.all([detectEngines(bin), detectEngines(bin)]);
    expect(await detectEngines(bin)).toBe(first);
    expect(second).toBe(first);
    expect(readFileSync(asked, "utf8")).toBe("asked\n");
  });

  it("finds engines in folders with odd names", async () => {
    const bin = folder.put("", { folder: "-rf $(id); 'x' %d" });
    expect((await detectEngines(bin)).found).toMatchObject([{ name: "gifsicle", version: "1.93" }]);
  });
});

describeWith(["gifsicle", "ffmpeg"], "the engines of this machine", () => {
  it("are found with their versions", () => {
    expect(installed.found).toEqual([
      { name: "gifsicle", path: expect.stringMatching(/^\/.*gifsicle$/), version: expect.stringMatching(/^\d+\.\d+/) },
      { name: "ffmpeg", path: expect.stringMatching(/^\/.*ffmpeg$/), version: expect.stringMatching(/^[nN]?[\d.-]+/) },
    ]);
  });
});
