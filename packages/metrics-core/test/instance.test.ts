import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { identifyInstance } from "../src/instance.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "giflab-instance-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Service and version that a program at `path` gets. */
function identify(path: string): unknown {
  const source = fileURLToPath(new URL("../src/instance.ts", import.meta.url));
  const program = join(folder, path);
  mkdirSync(join(program, ".."), { recursive: true });
  writeFileSync(
    program,
    `import { identifyInstance } from ${JSON.stringify(source)};
     const { service, version } = identifyInstance({});
     console.log(JSON.stringify([service, version]));`,
  );
  return JSON.parse(execFileSync(process.execPath, [program], { encoding: "utf8" }));
}

describe("the identity of an instance", () => {
  it("says who records where, and never the same writer twice", () => {
    const [one, other] = [identifyInstance({ service: "s", version: "1" }), identifyInstance({ service: "s" })];
    expect(one).toMatchObject({ service: "s", version: "1", host: hostname(), pid: process.pid });
    expect(one.writerId).toMatch(/^[0-9a-f]{16}$/);
    expect(one.writerId).not.toBe(other.writerId);
    expect(Math.abs(one.startTime - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
  });

  it("takes the service from the nearest package.json that has a name", () => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "@acme/outer", version: "3.2.1" }));
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/package.json"), JSON.stringify({ type: "module" }));
    mkdirSync(join(folder, "broken"));
    writeFileSync(join(folder, "broken/package.json"), "{ not JSON");
    expect(identify("sub/deep/main.mjs")).toEqual(["@acme/outer", "3.2.1"]);
    expect(identify("broken/main.mjs")).toEqual(["@acme/outer", "3.2.1"]);
    writeFileSync(join(folder, "sub/package.json"), JSON.stringify({ name: "inner" }));
    expect(identify("sub/main.mjs")).toEqual(["inner", ""]);
  });
});
