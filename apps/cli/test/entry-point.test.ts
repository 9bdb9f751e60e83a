import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { GIFLAB, giflab, startNode } from "./giflab-process.ts";

const folder = mkdtempSync(join(tmpdir(), "giflab-entry-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bin/giflab.js", () => {
  test("says in one line that Node is too old, and loads nothing else", async () => {
    const preload = join(folder, "old-node.cjs");
    writeFileSync(preload, 'Object.defineProperty(process.versions, "node", { value: "20.11.1" });');
    const { code, stdout, stderr } = await startNode(["--require", preload, GIFLAB, "metrics", "status"]).finished;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^giflab needs Node\.js 22\.18 or newer, this is 20\.11\.1: .*\n$/);
  });

  test("with metrics alerts, 1 means warning: there it is exit code 3", async () => {
    const preload = join(folder, "old-node.cjs");
    writeFileSync(preload, 'Object.defineProperty(process.versions, "node", { value: "22.17.0" });');
    expect((await startNode(["--require", preload, GIFLAB, "metrics", "alerts"]).finished).code).toBe(3);
  });

  test("says in one line that it is not built", async () => {
    mkdirSync(join(folder, "bin"));
    copyFileSync(GIFLAB, join(folder, "bin", "giflab.js"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    const { code, stderr } = await startNode([join(folder, "bin", "giflab.js"), "metrics", "status"]).finished;
    expect({ code, stderr }).toEqual({ code: 2, stderr: "giflab is not built yet: run pnpm build\n" });
  });

  test.each(["--version", "-v", "version"])("%s tells package, platform and Node", async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    const stdout = `@giflab/cli/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
    expect(await giflab([flag])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test.each([[[]], [["--help"]], [["help"]]])("%j shows what there is, exit code 0", async (args) => {
    const { code, stdout, stderr } = await giflab(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/TOPICS\n(.*\n)* {2}metrics +What the monitored processes recorded/);
  });

  test.each([[["metrics"]], [["metrics", "--help"]], [["help", "metrics"]]])("%j lists its commands", async (args) => {
    const { code, stdout, stderr } = await giflab(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of ["status", "monitor", "alerts", "export", "clear", "backend-stats", "config", "list"]) {
      expect(stdout).toMatch(new RegExp(`^  metrics ${name} `, "m"));
    }
  });

  test.each([
    [["metrics", "statsu"], /^unknown command "metrics statsu"\. Did you mean metrics status\?/],
    [["metric", "status"], /^unknown command "metric status"\. Did you mean metrics status\?/],
    [["status"], /^unknown command "status"\. Did you mean .*metrics status/],
    [["--window", "5"], /^unknown flag --window: flags come after a command/],
    [["constructor"], /^unknown command "constructor"/],
  ])("%j is answered with the nearest, exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await giflab(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
