import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GIFLAB, startNode } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

let fixture: StoreFixture;

beforeAll(async () => {
  fixture = new StoreFixture();
  await fixture.record("api");
});

afterAll(() => fixture.remove());

function write(path: string, content: string | object): string {
  const file = join(fixture.folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("metrics config", () => {
  test("tells each value and where it came from", async () => {
    const file = write("a/giflab.config.json", {
      monitoring: { flushIntervalSeconds: 5, sqlite: { retentionDays: 3 } },
    });
    const { code, stdout } = await fixture.giflab(["metrics", "config", "--json"], { cwd: dirname(file) });
    expect(code).toBe(0);
    const config = JSON.parse(stdout) as { file: string; values: { key: string }[] };
    expect(config.file).toBe(file);
    const value = (key: string) => config.values.find((entry) => entry.key === key);
    expect(value("monitoring.flushIntervalSeconds")).toMatchObject({ value: 5, source: "file", detail: file });
    expect(value("monitoring.sqlite.retentionDays")).toMatchObject({ value: 3, source: "file" });
    expect(value("monitoring.sqlite.dbPath")).toMatchObject({ source: "env", detail: "GIFLAB_METRICS_DB" });
    expect(value("monitoring.bufferSize")).toMatchObject({ value: 10_000, source: "default", detail: null });
  });

  test.each(["config", "status", "alerts"])(
    "metrics %s names a key that does not exist, with the nearest",
    async (command) => {
      const file = write("b/giflab.config.json", { monitoring: { flushIntervalSecond: 5 } });
      const { code, stdout, stderr } = await fixture.giflab(["metrics", command], { cwd: dirname(file) });
      expect({ code, stdout }).toEqual({ code: command === "alerts" ? 3 : 2, stdout: "" });
      expect(stderr).toContain(file);
      expect(stderr).toMatch(/monitoring\.flushIntervalSecond is not a known key: did you mean flushIntervalSeconds\?/);
    },
  );

  test("a misspelt section is told from a plugin's", async () => {
    const misspelt = write("c/giflab.config.json", { monitorin: {} });
    const { code, stderr } = await fixture.giflab(["metrics", "status"], { cwd: dirname(misspelt) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/monitorin is not a known key: did you mean monitoring\?/);
    const known = write("d/giflab.config.json", { frameCache: { memoryLimitMb: 250 }, shopWindow: { size: 3 } });
    expect(await fixture.giflab(["metrics", "status"], { cwd: dirname(known) })).toMatchObject({ code: 0, stderr: "" });
  });

  test("a backend that nobody can read from outside is said, never shown as zeros", async () => {
    for (const [backend, message] of [
      ["memory", /backend "memory" keeps metrics inside the process/],
      ["statsd", /backend "statsd" sends metrics to 127\.0\.0\.1:8125/],
    ] as const) {
      const { code, stdout, stderr } = await fixture.giflab(["metrics", "status"], {
        env: { GIFLAB_METRICS_BACKEND: backend },
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/set backend: "sqlite"/);
    }
  });
});

describe("plugins", () => {
  const kit = JSON.stringify(import.meta.resolve("@giflab/cli-kit").replace(/src\/index\.ts$/, "dist/index.js"));

  function project(folder: string): string {
    write(`${folder}/package.json`, {
      name: "shop",
      giflab: { plugins: ["@acme/queue", "@acme/broken", "@acme/absent"] },
    });
    const manifest = { type: "module", exports: { "./commands": "./commands.js" } };
    write(`${folder}/node_modules/@acme/queue/package.json`, { name: "@acme/queue", version: "1.0.0", ...manifest });
    write(
      `${folder}/node_modules/@acme/queue/commands.js`,
      `import { GiflabCommand } from ${kit};
       class QueueStatus extends GiflabCommand {
         static summary = "How long the queue is.";
         static enableJsonFlag = true;
         async run() { await this.parse(QueueStatus); this.log("3 waiting"); return { waiting: 3 }; }
       }
       export const COMMANDS = { "queue:status": QueueStatus };`,
    );
    write(`${folder}/node_modules/@acme/broken/package.json`, { name: "@acme/broken", version: "1.0.0", ...manifest });
    write(`${folder}/node_modules/@acme/broken/commands.js`, 'throw new Error("out of order");');
    return join(fixture.folder, folder);
  }

  test("a package that the project names adds commands, help included", async () => {
    const cwd = project("shop");
    const ran = await fixture.giflab(["queue", "status", "--json"], { cwd });
    expect({ code: ran.code, result: JSON.parse(ran.stdout) as unknown }).toEqual({ code: 0, result: { waiting: 3 } });
    expect((await fixture.giflab(["queue", "status"], { cwd })).stdout).toBe("3 waiting\n");
    expect((await fixture.giflab(["--help"], { cwd })).stdout).toMatch(/TOPICS\n(.*\n)* {2}queue/);
    expect((await fixture.giflab(["queue", "status", "--help"], { cwd })).stdout).toMatch(/^How long the queue is\./);
  });

  test("one that is broken or not installed is reported, and the others go on", async () => {
    const { code, stdout, stderr } = await fixture.giflab(["queue", "status"], { cwd: project("shop") });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "3 waiting\n" });
    expect(stderr).toMatch(/plugin @acme\/broken cannot be loaded: out of order/);
    expect(stderr).toMatch(/plugin @acme\/absent .* is not installed/);
  });

  test("commands of its own do not even look for plugins", async () => {
    const { code, stderr } = await fixture.giflab(["metrics", "status"], { cwd: project("shop") });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("what is loaded", () => {
  const HOOK = fileURLToPath(new URL("fixtures/list-modules.cjs", import.meta.url));

  test.each([[["--version"]], [["metrics", "status"]], [["metrics", "alerts"]], [["cache", "status"]]])(
    "%j loads neither sharp nor a GIF decoder",
    async (args) => {
      const { stderr } = await startNode(["--require", HOOK, GIFLAB, ...args], {
        cwd: fixture.folder,
        env: { GIFLAB_METRICS_DB: fixture.dbPath, HOME: fixture.folder },
      }).finished;
      const modules = stderr.split("\n").filter((line) => line.startsWith("loaded "));
      expect(stderr).not.toMatch(/unknown command/);
      if (args[0] !== "--version") expect(modules.some((line) => line.includes("/cli-kit/"))).toBe(true);
      expect(modules.filter((line) => /sharp|gifenc|omggif|libvips/.test(line))).toEqual([]);
    },
  );

  test("metrics status loads nothing but what reads the store: no alerting, no instrumentation", async () => {
    const { stderr } = await startNode(["--require", HOOK, GIFLAB, "metrics", "status"], {
      cwd: fixture.folder,
      env: { GIFLAB_METRICS_DB: fixture.dbPath, HOME: fixture.folder, GIFLAB_LOG_LEVEL: "DEBUG" },
    }).finished;
    const modules = stderr.split("\n").filter((line) => line.startsWith("loaded "));
    expect(modules.some((line) => line.includes("/backend-sqlite/"))).toBe(true);
    expect(stderr).toMatch(/^debug: store: /m);
    const superfluous =
      /\/alerting\/(?!.*default-alerts|.*chunk)|\/instrumentation\/|\/monitoring\/dist\/index|\/yaml\/|\bcrypto$/;
    expect(modules.filter((line) => superfluous.test(line))).toEqual([]);
  });
});
