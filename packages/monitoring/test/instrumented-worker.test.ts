import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { type GiflabConfig, instrumentAllSystems, loadConfig, openStore } from "../src/index.ts";
import { freshProcess } from "./fresh-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

afterEach(freshProcess);

/** What a worker thread got that starts monitoring with this configuration, or without one of its own; it has ended then. */
async function instrumentedWorker(config?: GiflabConfig): Promise<unknown> {
  const worker = new Worker(new URL("./fixtures/instrumented-worker.ts", import.meta.url), {
    workerData: { config },
    execArgv: ["--conditions=@giflab/source"],
  });
  const [[got]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
  return got;
}

const memory: GiflabConfig = { monitoring: { backend: "memory", flushIntervalSeconds: 33 } };

test("a worker thread opens nothing, and does as its main thread where it has not chosen otherwise", async () => {
  const { reader, collector } = await instrumentAllSystems({ config: memory });
  expect(await instrumentedWorker()).toEqual({
    joined: true,
    enabled: true,
    flushIntervalSeconds: 33,
    backends: [],
    reads: false,
  });
  expect(await instrumentedWorker({ monitoring: { flushIntervalSeconds: 44 } })).toMatchObject({
    joined: true,
    flushIntervalSeconds: 44,
    backends: [],
  });
  await collector.flush();
  const [jobs] = await reader!.summaries({ match: "jobs", from: 0, to: Date.now() / 1000 + 1 });
  expect(jobs!.sum).toBe(6);
});

test("a worker thread is as disabled as its main thread", async () => {
  await instrumentAllSystems({ config: { monitoring: { enabled: false } } });
  expect(await instrumentedWorker()).toMatchObject({ joined: true, enabled: false, backends: [] });
});

test("a worker thread whose main thread does not monitor has a store and an identity of its own", async () => {
  const dbPath = join(temporaryFolder(), "metrics.db");
  const config: GiflabConfig = { monitoring: { sqlite: { dbPath } } };
  expect(await instrumentedWorker(config)).toMatchObject({ joined: false, backends: ["sqlite"], reads: true });
  const store = await openStore(await loadConfig({ config, env: {} }));
  const points = await Array.fromAsync(store.points({ match: "jobs" }));
  await store.close();
  expect(points.map((point) => "value" in point && point.value)).toEqual([3]);
  expect(points[0]!.instance.thread).toBeGreaterThan(0);
});

test("worker threads do not join monitoring that could not start, or has stopped", async () => {
  await expect(instrumentAllSystems({ config: { monitoring: { flushIntervalSeconds: 0 } } })).rejects.toThrow(
    /flushInt/,
  );
  expect(await instrumentedWorker(memory)).toMatchObject({ joined: false, backends: ["memory"] });
  const monitoring = await instrumentAllSystems({ config: memory });
  await monitoring.stop();
  expect(await instrumentedWorker(memory)).toMatchObject({ joined: false, backends: ["memory"] });
});
