import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { animation } from "../caching/test-animation.ts";
import { runRecordingModules } from "../loaded-modules.ts";
import { CommandHome } from "./cache/command-home.ts";

/** The command as it is installed: `pnpm build` comes before the tests. */
const GIFLAB = join(import.meta.dirname, "../../../cli/bin/giflab.js");
const DIST = join(import.meta.dirname, "../../dist");

/** What looks at recordings has no use for: what reads, draws, writes and compares GIFs, and what that needs. */
const HEAVY = /[/@]sharp|@img\/|gifenc|xxhash|\/pino\/|\/src\/(gif|quality|comparison|pipeline|engines|run|workers)\//;

/** The source files that are in a built file: bundling moves them between chunks, and a chunk may hold too much. */
function sourcesOf(file: string): string[] {
  if (!file.startsWith(DIST)) return [];
  const { sources } = JSON.parse(readFileSync(`${file}.map`, "utf8")) as { sources: string[] };
  return sources.map((source) => resolve(file, "..", source));
}

/** Runs the built command in a home with a metrics store and a cache file, and lists what it loaded, down to the sources. */
function loadedBy(
  home: CommandHome,
  ...args: string[]
): { readonly exitCode: number | null; readonly files: string[] } {
  const { loaded, exitCode } = runRecordingModules(GIFLAB, {
    built: true,
    args,
    cwd: home.folder,
    env: { HOME: join(home.folder, "home"), NODE_OPTIONS: "", GIFLAB_CONFIG: "", GIFLAB_METRICS_DB: "" },
  });
  const files = loaded.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  return { exitCode, files: [...files, ...files.flatMap(sourcesOf)] };
}

async function filledHome(): Promise<CommandHome> {
  const home = new CommandHome();
  await home.record((collector) => {
    collector.recordCounter("cache.frame.hits", 3, { tier: "memory" });
    collector.recordCounter("sampling.strategy_usage", 3, { strategy: "uniform" });
  });
  const cache = new FrameCache({ diskPath: join(home.cacheFolder, "frame_cache.db") });
  cache.put(home.gif("a.gif"), animation(2));
  await cache.close();
  return home;
}

test.each([
  [["--version"], "/cli/bin/giflab.js"],
  [["metrics", "status"], "/backend-sqlite/dist/index.js"],
  [["cache", "status"], "/src/caching/inspect-disk-tier.ts"],
  [["cache", "advise"], "/src/advice/advise-cache.ts"],
  [["cache", "resize-top"], "/src/commands/cache/resize-top-report.ts"],
])("the built giflab %s loads no sharp, no decoder and nothing else that works on GIFs", async (args, needed) => {
  expect(existsSync(join(DIST, "commands/index.js.map")), "not built: run pnpm build").toBe(true);
  const { exitCode, files } = loadedBy(await filledHome(), ...args);
  expect(exitCode).toBe(0);
  expect(files.some((file) => file.endsWith(needed))).toBe(true);
  expect(files.filter((file) => HEAVY.test(file))).toEqual([]);
});

test("the built giflab cache warm, which decodes, loads the decoder: the list sees it in its chunk", async () => {
  const home = await filledHome();
  const { exitCode, files } = loadedBy(home, "cache", "warm", home.gif("b.gif", 4));
  expect(exitCode).toBe(0);
  expect(files.filter((file) => HEAVY.test(file)).some((file) => file.endsWith("/src/gif/decode-gif.ts"))).toBe(true);
  expect(files.filter((file) => /[/@]sharp/.test(file))).toEqual([]);
});
