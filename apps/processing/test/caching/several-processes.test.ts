import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { animation, writeSource } from "./test-animation.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill();
});

function worker(...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, "cache-worker.ts"), args, { execArgv: ["--conditions=@giflab/source"] });
  children.push(child);
  return child;
}

test("processes that write one disk file at once all find their entries in it", async () => {
  const folder = scratchFolder();
  const diskPath = join(folder, "cache", "frame_cache.db");
  const [writers, entries] = long ? [6, 300] : [3, 25];
  const exits = Array.from({ length: writers }, (_, writer) =>
    once(worker("write", diskPath, folder, `w${writer}`, String(entries)), "exit"),
  );
  expect((await Promise.all(exits)).map(([code]) => code)).toEqual(Array(writers).fill(0));
  const cache = new FrameCache({ diskPath });
  const files = readdirSync(folder).filter((name) => name.endsWith(".gif"));
  expect(files).toHaveLength(writers * entries);
  expect(files.filter((name) => cache.get(join(folder, name)) === undefined)).toEqual([]);
  expect(cache.stats().diskEntries).toBe(writers * entries);
  await cache.close();
});

test("a clear reaches an idle process within a second", async () => {
  const folder = scratchFolder();
  const diskPath = join(folder, "frame_cache.db");
  const path = writeSource(join(folder, "a.gif"));
  const cache = new FrameCache({ diskPath });
  cache.put(path, animation(1));
  await cache.flush();
  const running = worker("hold", diskPath, path);
  expect((await once(running, "message"))[0]).toBe("holding");
  const dropped = once(running, "message");
  const began = performance.now();
  expect(await cache.clear()).toBe(true);
  expect((await dropped)[0]).toBe("dropped");
  expect(performance.now() - began).toBeLessThan(long ? 1000 : 5000);
  await cache.close();
});
