import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, GIFLAB } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

let fixture: StoreFixture;

beforeAll(async () => {
  fixture = new StoreFixture();
  await fixture.record("api");
  await fixture.record("web");
});

afterAll(() => fixture.remove());

interface StatusOutput {
  readonly window: { readonly from: number; readonly to: number; readonly seconds: number };
  readonly metrics: readonly Record<string, unknown>[];
}

async function status(...args: string[]): Promise<StatusOutput> {
  const { code, stdout, stderr } = await fixture.giflab(["metrics", "status", "--json", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as StatusOutput;
}

describe("metrics status", () => {
  test("shows what other processes recorded, after they have ended", async () => {
    const { window, metrics } = await status();
    expect(window.seconds).toBe(300);
    expect(window.to - window.from).toBeCloseTo(300, 5);
    expect(metrics).toContainEqual(
      expect.objectContaining({ name: "cache.frame.hits", kind: "counter", tags: { tier: "memory" }, sum: 60 }),
    );
    expect(metrics).toContainEqual(
      expect.objectContaining({ name: "cache.frame.hit_rate", kind: "derived", value: 0.3, normal: false }),
    );
    expect(metrics.every(({ normal }) => normal === true || normal === false || normal === null)).toBe(true);
  });

  test("a timer of 0.2 s is 0.2 s in JSON and 200 ms in the table", async () => {
    const { metrics } = await status("--metric", "request.duration");
    expect(metrics).toHaveLength(1);
    expect(metrics[0]).toMatchObject({ count: 20, min: 0.2, max: 0.2, tags: { path: "x,y=z" } });
    expect(Math.abs((metrics[0]!["p95"] as number) - 0.2)).toBeLessThanOrEqual(0.002);
    const { stdout } = await fixture.giflab(["metrics", "status", "--metric", "request.duration"]);
    expect(stdout).toMatch(/request\.duration .* 200 ms +200 ms +200 ms/);
  });

  test("--system shows one group, of whatever name the store knows", async () => {
    const names = async (system: string) =>
      new Set((await status("--system", system)).metrics.map(({ system: s }) => s));
    expect(await names("frame")).toEqual(new Set(["frame"]));
    expect(await names("sampling")).toEqual(new Set(["sampling"]));
    expect((await status("--system", "all")).metrics.length).toBe((await status()).metrics.length);
  });

  test("the table of everything has one row per metric, and --tags, --system and --metric one per series", async () => {
    const rows = async (...args: string[]) => {
      const { stdout } = await fixture.giflab(["metrics", "status", ...args]);
      return stdout.split("\n").filter((line) => line.startsWith("cache.frame.hits "));
    };
    expect(await rows()).toEqual([expect.stringMatching(/^cache\.frame\.hits +(api,web)? +60 /)]);
    for (const args of [["--tags"], ["--system", "frame"], ["--metric", "cache.frame.*"]]) {
      expect(await rows(...args)).toEqual([expect.stringContaining("tier=memory")]);
    }
  });

  test("--service shows one program's", async () => {
    const { metrics } = await status("--service", "web", "--metric", "cache.frame.hits");
    expect(metrics).toMatchObject([{ sum: 30, services: ["web"] }]);
  });

  test("the table is grouped by system and names window, coverage, processes, services and store", async () => {
    const { code, stdout } = await fixture.giflab(["metrics", "status"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^metrics in the last 5 min \| .* covered \| 2 processes of api, web \| .*metrics\.db$/);
    expect(lines.filter((line) => /^\w+$/.test(line))).toEqual(["frame", "sampling", "other"]);
    expect(stdout).not.toContain("\x1b[");
  });

  test("colours appear only where they are wanted", async () => {
    const coloured = await fixture.giflab(["metrics", "status"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\x1b[");
    const plain = await fixture.giflab(["metrics", "status", "--no-color"], { env: { FORCE_COLOR: "1" } });
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).not.toContain("\x1b[");
  });

  test("--format csv has a line per series and no carriage of units", async () => {
    const { stdout } = await fixture.giflab(["metrics", "status", "--format", "csv"]);
    const lines = stdout.trimEnd().split("\r\n");
    expect(lines[0]).toMatch(/^name,kind,unit,system,tags,/);
    expect(lines).toHaveLength(1 + (await status()).metrics.length);
    expect(lines.find((line) => line.startsWith("request.duration"))).toContain('"{""path"":""x,y=z""}"');
  });

  test("an empty window says when the last data was and how to reach it, never zeros", async () => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "status", "--window", "0.001"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(
      /^nothing was recorded in the last 1 ms; the last data is .* old \(.*\): try --window \d+m\n$/,
    );
  });

  test.each([
    [["--system", "fram"], /^unknown system "fram" in the last day of data\. Did you mean frame\?/],
    [["--metric", "cache.frame.hit"], /^unknown metric "cache\.frame\.hit" .*\. Did you mean cache\.frame\.hits/],
    [["--service", "apj"], /^unknown service "apj" .*\. Did you mean api/],
    [["--widow", "5"], /^unknown flag --widow\. Did you mean --window\?/],
    [["--format", "xml"], /^Expected --format=xml to be one of: table, json, csv/],
    [["--window", "5 minutes"], /^"5 minutes" is not a duration: give seconds/],
    [["--start", "yesterday"], /^"yesterday" is not a time: give an age \(-1h/],
    [["--start", "-1h", "--end", "-2h"], /^the start .* must be before the end/],
    [["extra"], /^unexpected argument: extra\n/],
  ])("%j is answered with what is right, exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "status", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("-1d is a day and -1h30m is an hour and a half", async () => {
    expect((await status("--start", "-1d")).window.seconds).toBeCloseTo(86_400, 3);
    expect((await status("--start", "-1h30m")).window.seconds).toBeCloseTo(5400, 3);
  });

  test("GIFLAB_LOG_LEVEL=DEBUG tells on stderr which store is read and what was found", async () => {
    const { stdout, stderr } = await fixture.giflab(["metrics", "status", "--json"], {
      env: { GIFLAB_LOG_LEVEL: "DEBUG" },
    });
    expect(JSON.parse(stdout)).toHaveProperty("metrics");
    expect(stderr).toContain(fixture.dbPath);
    expect(stderr).toMatch(/debug: query: \d+\.\d ms/);
    expect(stderr).toMatch(/debug: 6 series in the last 5 min/);
  });
});

describe("a store that cannot be read", () => {
  test("none yet: says what to do, exit code 2, and makes no file", async () => {
    const empty = new StoreFixture();
    const { code, stdout, stderr } = await empty.giflab(["metrics", "status"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(empty.dbPath);
    expect(stderr).toMatch(/run your program with monitoring on/);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(empty.folder).filter((name) => name.startsWith("metrics"))).toEqual([]);
    empty.remove();
  });

  test("somebody else's file: one message, exit code 2, and the file as it was", async () => {
    const foreign = new StoreFixture();
    writeFileSync(foreign.dbPath, "this is not a database, but it is long enough to look like one ".repeat(20));
    const before = readFileSync(foreign.dbPath);
    for (const command of ["status", "list", "backend-stats", "export"]) {
      const { code, stdout, stderr } = await foreign.giflab(["metrics", command]);
      expect({ command, code, stdout }).toEqual({ command, code: 2, stdout: "" });
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).not.toMatch(/unexpected error/);
    }
    expect(readFileSync(foreign.dbPath).equals(before)).toBe(true);
    foreign.remove();
  });
});

describe("metrics export", () => {
  test("-o writes the whole file or none, and says how many points", async () => {
    const file = join(fixture.folder, "out.json");
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "export", "-o", file, "--start", "-1h"]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: `exported 10 points to ${file}\n` });
    const document = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(document).toMatchObject({ schemaVersion: 1, metricsCount: 10 });
    expect((document["metrics"] as unknown[]).length).toBe(10);
    expect(document["instances"]).toHaveLength(2);
    expect(Object.keys(document).at(-1)).toBe("metricsCount");
    expect(readdirSync(fixture.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("leaves nothing behind when it cannot write, and says why", async () => {
    const file = join(fixture.folder, "nowhere", "out.json");
    const { code, stderr } = await fixture.giflab(["metrics", "export", "-o", file]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `cannot write ${file}: its folder does not exist\n` });
    expect(existsSync(file)).toBe(false);
  });

  test("an export that fails half-way leaves neither the file nor a part of it", async () => {
    const file = join(fixture.folder, "half.json");
    const { code, stderr } = await fixture.giflab(["metrics", "export", "-o", file, "--metric", "cache.frame.hit"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^unknown metric "cache\.frame\.hit"/);
    expect(readdirSync(fixture.folder).filter((name) => name.startsWith("half"))).toEqual([]);
  });

  test("without --start takes everything, with it only what is later", async () => {
    const lines = async (...args: string[]) =>
      (await fixture.giflab(["metrics", "export", "--format", "ndjson", ...args])).stdout.split("\n").length - 1;
    expect(await lines()).toBe(10);
    expect(await lines("--start", "now", "--end", "2100-01-01")).toBe(0);
    expect(await lines("--end", "-1h")).toBe(0);
    expect(await lines("--metric", "cache.*")).toBe(6);
  });

  test("csv has a heading and a line per point", async () => {
    const { stdout } = await fixture.giflab(["metrics", "export", "--format", "csv"]);
    expect(stdout.trimEnd().split("\r\n")).toHaveLength(11);
  });

  test("refuses a format that does not exist", async () => {
    const { code, stderr } = await fixture.giflab(["metrics", "export", "--format", "xml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("json, csv, ndjson");
  });
});

describe("metrics list and backend-stats", () => {
  test("list tells name, kind, unit, system, description and age of every metric", async () => {
    const { stdout } = await fixture.giflab(["metrics", "list", "--json"]);
    const { metrics } = JSON.parse(stdout) as { metrics: Record<string, unknown>[] };
    expect(metrics).toContainEqual({
      name: "cache.frame.hits",
      kind: "counter",
      unit: "{hit}",
      system: "frame",
      description: "Frame cache hits",
      series: 1,
      lastSeen: expect.closeTo(Date.now() / 1000, -3) as number,
    });
    expect((await fixture.giflab(["metrics", "list"])).stdout).toMatch(
      /^Metric +Kind +Unit +System +Series +Last seen/,
    );
  });

  test("backend-stats counts what the store holds", async () => {
    const { stdout } = await fixture.giflab(["metrics", "backend-stats", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ backend: "sqlite", points: 10, series: 5, instances: 2, snapshots: 2 });
  });
});

describe("metrics monitor", () => {
  test("sees a process while it records, block after block, and ends with --duration", async () => {
    const live = new StoreFixture();
    const recording = await live.startRecording("live");
    try {
      const { code, stdout, stderr } = await live.giflab([
        "metrics",
        "monitor",
        "--interval",
        "0.5",
        "--duration",
        "1.5",
        "--json",
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const looks = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as StatusOutput);
      expect(looks.length).toBeGreaterThanOrEqual(2);
      const hits = looks.map(({ metrics }) =>
        Number(metrics.find(({ name }) => name === "cache.frame.hits")?.["sum"] ?? 0),
      );
      expect(hits.at(-1)).toBeGreaterThan(hits[0]!);
    } finally {
      await recording.stop();
      live.remove();
    }
  });

  test("prints the table once per interval where there is no terminal", async () => {
    const { code, stdout } = await fixture.giflab(["metrics", "monitor", "--interval", "0.3", "--duration", "0.6"]);
    expect(code).toBe(0);
    expect(stdout.match(/2 processes of api, web/g)!.length).toBeGreaterThanOrEqual(2);
    expect(stdout).not.toContain("\x1b[");
  });

  test("ends cleanly with Ctrl-C", async () => {
    const child = spawn(process.execPath, [GIFLAB, "metrics", "monitor", "--interval", "30"], {
      cwd: fixture.folder,
      env: cleanEnvironment({ GIFLAB_METRICS_DB: fixture.dbPath }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("metrics clear", () => {
  test("wants --yes where nobody can be asked, then deletes everything", async () => {
    const own = new StoreFixture();
    await own.record();
    const refused = await own.giflab(["metrics", "clear"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^this would delete 5 points of 5 series .*: confirm with --yes\n$/);
    expect(JSON.parse((await own.giflab(["metrics", "backend-stats", "--json"])).stdout)).toMatchObject({ points: 5 });
    const cleared = await own.giflab(["metrics", "clear", "--confirm"]);
    expect(cleared).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse((await own.giflab(["metrics", "backend-stats", "--json"])).stdout)).toMatchObject({ points: 0 });
    own.remove();
  });
});

test("| head is no crash: the reader leaves, the command ends quietly", async () => {
  const many = new StoreFixture();
  for (let i = 0; i < 3; i++) await many.record(`s${i}`);
  const child = spawn("sh", ["-c", '"$0" "$1" metrics export --format ndjson | head -1', process.execPath, GIFLAB], {
    cwd: many.folder,
    env: cleanEnvironment({ GIFLAB_METRICS_DB: many.dbPath }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await new Promise((resolve) => child.on("close", resolve));
  expect(stderr).not.toMatch(/EPIPE|Error/);
  many.remove();
});
