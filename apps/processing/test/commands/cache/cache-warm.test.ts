import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import type { CacheStatusJson } from "../../../src/commands/cache/status.ts";
import { CommandHome, json } from "./command-home.ts";

let home: CommandHome;
let folder: string;
let cacheFolder: string;

beforeEach(() => {
  home = new CommandHome();
  ({ folder, cacheFolder } = home);
});

describe("cache warm", () => {
  test("decodes several files and folders into the cache, once", () => {
    const paths = [home.gif("a.gif"), home.gif("b.gif", 4)];
    home.gif("more/c.GIF", 6);
    home.gif("more/deep/d.gif", 8);
    const { outcomes } = home.giflabs(
      ["cache:warm", ...paths, join(folder, "more"), "--json"],
      ["cache:warm", folder, "-r", "--json"],
      ["cache:warm", folder, "-r", "--pattern", "?.gif", "--max-frames", "2", "--json"],
      ["cache:warm", folder, "--pattern", "A*", "--json"],
    );
    expect(outcomes.map((outcome) => json(outcome))).toEqual([
      { warmed: 3, present: 0, failed: [] },
      { warmed: 1, present: 3, failed: [] },
      { warmed: 4, present: 0, failed: [] },
      { warmed: 0, present: 1, failed: [] },
    ]);
  });

  test("keys by content as runs do, so that they find a file that was warmed under another name", () => {
    home.configure({ frameCache: { keyBy: "content" } });
    home.gif("in/a.gif");
    home.gif("copies/b.gif");
    const { outcomes } = home.giflabs(["cache:warm", "in"], ["run", "copies", "--json"], ["cache:status", "--json"]);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(json<CacheStatusJson>(outcomes[2]).frame).toMatchObject({ misses: 0, diskEntries: 1 });
  });

  test("is recorded like any run: what it puts, and no look-ups that would lower the hit rate", async () => {
    expect(home.giflab("cache:warm", home.gif("a.gif"), home.gif("b.gif", 4)).exitCode).toBe(0);
    const store = new SqliteBackend({ dbPath: join(cacheFolder, "metrics.db"), readonly: true });
    const summaries = await store.summaries({ match: "cache.frame.*", from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    const puts = summaries.filter(({ tags }) => tags["operation"] === "put");
    expect(puts.map(({ name, count }) => [name, count])).toEqual([["cache.frame.operation.duration", 2]]);
    expect(summaries.filter(({ name, sum }) => /hits|misses/.test(name) && (sum ?? 0) > 0)).toEqual([]);
  });

  test("leaves a line in the application log, and so does clearing", () => {
    home.giflabs(["cache:warm", home.gif("a.gif")], ["cache:clear", "--all"]);
    const lines = readFileSync(join(folder, "logs", "giflab.log"), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "INFO", msg: "cache command finished", command: expect.stringContaining("warm"), result: { warmed: 1 } },
      { level: "INFO", command: expect.stringContaining("clear") },
    ]);
  });

  test("reports a file that cannot be decoded and goes on; exit 1 only when none could", () => {
    const broken = join(folder, "broken.gif");
    writeFileSync(broken, "this is no GIF");
    const [mixed, none] = home.giflabs(["cache:warm", broken, home.gif("a.gif")], ["cache:warm", broken]).outcomes;
    expect(mixed).toMatchObject({ exitCode: 0 });
    expect(mixed?.stderr).toContain(broken);
    expect(mixed?.stdout).toContain("1 warmed, 0 in the cache already, 1 failed");
    expect(none?.exitCode).toBe(1);
  });

  test("refuses what it cannot find", () => {
    const { outcomes } = home.giflabs(["cache:warm", "nowhere.gif"], ["cache:warm", "."], ["cache:warm"]);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect(outcomes[0]?.stderr).toContain("nowhere.gif: there is no such file or folder");
    expect(outcomes[1]?.stderr).toContain('no file matches "*.gif"');
  });
});
