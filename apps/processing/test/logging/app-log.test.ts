import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAppLog } from "../../src/logging/app-log.ts";
import { RotatingFile } from "../../src/logging/rotating-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "giflab-log-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("openAppLog", () => {
  it("creates its folder and writes a JSON line at once", () => {
    const path = join(folder, "logs/giflab.log");
    const log = openAppLog({ path });
    log.logger.info({ file: "a.gif" }, "processed");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      level: "INFO",
      file: "a.gif",
      msg: "processed",
      pid: process.pid,
    });
    log.close();
  });

  it("keeps debug lines only when GIFLAB_LOG_LEVEL says so", () => {
    const lines = (level: string): number => {
      vi.stubEnv("GIFLAB_LOG_LEVEL", level);
      const path = join(folder, `${level}.log`);
      const log = openAppLog({ path });
      log.logger.debug("detail");
      log.logger.info("news");
      log.close();
      return readFileSync(path, "utf8").split("\n").length - 1;
    };
    expect([lines("DEBUG"), lines("info"), lines("ERROR")]).toEqual([2, 1, 0]);
  });

  it("says which levels there are when it does not know one, and goes on with INFO", () => {
    const warnings: string[] = [];
    const log = openAppLog({ path: join(folder, "a.log"), level: "LOUD", onWarning: (text) => warnings.push(text) });
    expect(log.logger.level).toBe("info");
    expect(warnings).toEqual([expect.stringMatching(/"LOUD".*DEBUG, INFO/)]);
    log.close();
  });

  it("reports a log that cannot be written once, and fails nothing", () => {
    const warnings: string[] = [];
    writeFileSync(join(folder, "file"), "");
    const log = openAppLog({ path: join(folder, "file/giflab.log"), onWarning: (text) => warnings.push(text) });
    log.logger.info("one");
    log.logger.info("two");
    log.close();
    expect(warnings).toEqual([expect.stringContaining("no log is kept")]);
  });
});

describe("RotatingFile", () => {
  const rotating = (path: string): RotatingFile =>
    new RotatingFile({
      path,
      maxBytes: 100,
      keep: 2,
      onError: (error) => {
        throw error;
      },
    });

  it("renames a full file and keeps as many older ones as it is told", () => {
    const path = join(folder, "x.log");
    const file = rotating(path);
    for (let line = 0; line < 50; line++) file.write(`${String(line).padStart(19)}\n`);
    file.close();
    expect([path, `${path}.1`, `${path}.2`].map((name) => statSync(name).size)).toEqual([100, 100, 100]);
    expect(existsSync(`${path}.3`)).toBe(false);
    expect(readFileSync(path, "utf8").trimEnd().split("\n").at(-1)!.trim()).toBe("49");
    expect(readFileSync(`${path}.1`, "utf8").trim().split("\n")[0]!.trim()).toBe("40");
  });

  it("follows when another process renames the file", () => {
    const path = join(folder, "x.log");
    const [one, two] = [rotating(path), rotating(path)];
    for (let line = 0; line < 6; line++) one.write(`${"one".padStart(19)}\n`);
    two.write(`${"two".padStart(19)}\n`);
    expect(
      readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(["one", "two", ""]);
    one.close();
    two.close();
  });

  it("makes a new file when somebody deletes the old one", () => {
    const path = join(folder, "x.log");
    const file = rotating(path);
    file.write("a\n");
    rmSync(path);
    file.write("b\n");
    file.close();
    expect(readFileSync(path, "utf8")).toBe("b\n");
  });

  it("loses no line when the process is killed", async () => {
    mkdirSync(join(folder, "sub"));
    const path = join(folder, "sub/giflab.log");
    const source = new URL("../../src/logging/app-log.ts", import.meta.url).href;
    const script = `import { openAppLog } from ${JSON.stringify(source)}; const log = openAppLog({ path: ${JSON.stringify(path)} }); for (let i = 0; i < 20; i++) log.logger.info(String(i)); process.kill(process.pid, "SIGKILL");`;
    const child = spawn(process.execPath, ["--conditions=@giflab/source", "--input-type=module", "-e", script], {
      stdio: "ignore",
    });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(20);
  });
});
