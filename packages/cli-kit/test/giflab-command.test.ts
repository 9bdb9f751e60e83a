import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const DEMO = fileURLToPath(new URL("fixtures/demo-command.ts", import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(args: readonly string[], env: Record<string, string> = {}, closeAfter?: number): Promise<Finished> {
  const { GIFLAB_LOG_LEVEL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--conditions=@giflab/source", DEMO, ...args], {
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (closeAfter !== undefined && stdout.length > closeAfter) child.stdout.destroy();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("a giflab command", () => {
  test("answers a flag that does not exist with the nearest ones and exit code 2", async () => {
    expect(await demo(["--line", "3"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'unknown flag --line. Did you mean --lines?\nRun "giflab demo --help" for what it takes.\n',
    });
  });

  test("answers a value that its flag does not take in one sentence that names the flag, with exit code 2", async () => {
    expect(await demo(["--lines", "many"])).toEqual({
      code: 2,
      stdout: "",
      stderr: '--lines: Expected an integer but received: many\nRun "giflab demo --help" for what it takes.\n',
    });
  });

  test("--json with a command line that cannot be parsed prints the error only, not the configuration", async () => {
    const { code, stdout } = await demo(["--json", "--line=3"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "USAGE", message: "unknown flag --line. Did you mean --lines?" },
    });
  });

  test("--json prints the result and nothing else", async () => {
    const { code, stdout, stderr } = await demo(["--json", "--lines=2"]);
    expect({ code, stderr, result: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      stderr: "",
      result: { lines: 2 },
    });
  });

  test("an expected error is its message, with its own exit code", async () => {
    expect(await demo(["--fail", "command"])).toEqual({ code: 5, stdout: "", stderr: "say less\n" });
    const stderr = "written by a newer version: upgrade\n";
    expect(await demo(["--fail", "metrics"])).toEqual({ code: 2, stdout: "", stderr });
  });

  test("--json names the code of an error", async () => {
    const { stdout } = await demo(["--fail", "metrics", "--json"]);
    const message = "written by a newer version: upgrade";
    expect(JSON.parse(stdout)).toEqual({ error: { code: "STORE_NEWER", message } });
  });

  test("shows a stack only with GIFLAB_LOG_LEVEL=DEBUG", async () => {
    const { code, stderr } = await demo(["--fail", "bug"]);
    expect(code).toBe(2);
    expect(stderr).toBe("unexpected error: x is not a function (GIFLAB_LOG_LEVEL=DEBUG shows where)\n");
    const debugging = await demo(["--fail", "bug"], { GIFLAB_LOG_LEVEL: "DEBUG" });
    expect(debugging.stderr).toContain("at Demo.run");
  });

  test("is diagnosed on stderr, and only on demand", async () => {
    expect((await demo([])).stderr).toBe("");
    expect((await demo([], { GIFLAB_LOG_LEVEL: "debug" })).stderr).toBe("debug: started\n");
  });

  test("ends quietly when its reader has gone, as with | head", async () => {
    const { code, stderr } = await demo(["--lines", "50000"], {}, 1000);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
