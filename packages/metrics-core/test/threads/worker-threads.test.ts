import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getEnvironmentData } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  getMetricsCollector,
  MemoryBackend,
  type MetricSummary,
  MetricsCollector,
  setMetricsCollector,
} from "../../src/index.ts";
import { ended, finished, monitoredMain, said, sharedHeap, startWorker, witnessOf } from "./worker-recording.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";

/** A series' number: what it counted, or the last value of a gauge. */
function total(summaries: readonly MetricSummary[], name: string, tags: Readonly<Record<string, string>> = {}): number {
  const found = summaries.find(
    (one) => one.name === name && Object.entries(tags).every(([key, value]) => one.tags[key] === value),
  );
  return found?.kind === "gauge" ? (found.last ?? 0) : ((found?.kind === "counter" ? found.sum : found?.count) ?? 0);
}

function one(summaries: readonly MetricSummary[], name: string): MetricSummary {
  const [found, ...more] = summaries.filter((summary) => summary.name === name);
  expect(more).toEqual([]);
  return found!;
}

describe("what worker threads record at full speed", () => {
  const workers = 4;
  const start = (witness: Int32Array) =>
    Array.from({ length: workers }, (_, worker) => startWorker("full speed", { worker, witness }));

  it("is stored to the unit when they are terminated in the middle of it, while others flush", async () => {
    const { collector, clock, summaries } = monitoredMain();
    const witness = witnessOf(workers);
    const threads = start(witness);
    for (const atLeast of [1, 20_000, long ? 30_000_000 : 100_000]) {
      await finished(witness, workers, atLeast);
      clock.advance(1);
      await collector.flush();
    }
    await Promise.all(threads.map((thread) => thread.terminate()));
    const stored = await summaries();
    for (let worker = 0; worker < workers; worker++) {
      // Exactly what was finished, and the one that was begun if the end came between it and its mark.
      const [begun, done] = [witness[2 * worker]!, witness[2 * worker + 1]!];
      const tags = { worker: String(worker) };
      expect([0, 1]).toContain(begun - done);
      expect([done, begun]).toContain(total(stored, "jobs", tags));
      expect([done, begun]).toContain(total(stored, "job.duration", tags));
    }
    expect(await summaries()).toEqual(
      stored.map((summary) => expect.objectContaining({ name: summary.name, sum: summary.sum })),
    );
  });

  it("is stored to the unit when they have stopped and block for ever", async () => {
    const { summaries } = monitoredMain();
    const witness = witnessOf(workers);
    const threads = start(witness);
    await finished(witness, workers, 10_000);
    Atomics.store(witness, witness.length - 1, 1);
    await Promise.all(threads.map(said));
    const stored = await summaries();
    for (let worker = 0; worker < workers; worker++) {
      const tags = { worker: String(worker) };
      expect(total(stored, "jobs", tags)).toBe(witness[2 * worker]);
      const durations = stored.find((s) => s.name === "job.duration" && s.tags["worker"] === tags.worker)!;
      expect(durations).toMatchObject({ count: witness[2 * worker], min: 0, max: 0.999 });
      expect(Math.abs(durations.p50! - 0.5)).toBeLessThan(0.005);
    }
  });

  it("is stored with every series of which the thread had a handle when it is terminated while it makes new ones", async () => {
    const { summaries, warnings } = monitoredMain();
    const witness = witnessOf(workers);
    const threads = Array.from({ length: workers }, (_, worker) =>
      startWorker("new series", { worker, witness, amount: 4000 }),
    );
    await finished(witness, workers, 500);
    await Promise.all(threads.map((thread) => thread.terminate()));
    const stored = new Map((await summaries()).map((summary) => [summary.name, summary]));
    for (let worker = 0; worker < workers; worker++) {
      const [begun, done] = [witness[2 * worker]!, witness[2 * worker + 1]!];
      for (let n = 1; n <= done; n++) {
        expect(stored.get(`series.${worker}.${n}`)).toMatchObject({ sum: 1, tags: { n: String(n) } });
      }
      expect(stored.has(`series.${worker}.${begun + 1}`)).toBe(false);
    }
    expect(warnings).toEqual([]);
    expect(sharedHeap().claimedPages).toBe(0);
  });
});

describe("a worker thread", () => {
  it.each([
    ["ends by itself", "some jobs", 0],
    ["throws", "throw", 1],
    ["calls process.exit()", "exit", 7],
  ])("that %s loses nothing", async (_, way, code) => {
    const { summaries } = monitoredMain();
    expect(await ended(startWorker(way, { amount: 12 }))).toBe(code);
    expect(total(await summaries(), "jobs")).toBe(12);
  });

  it("that comes and goes by the thousand leaves its counts and no memory", async () => {
    const { summaries, collector } = monitoredMain();
    const rounds = long ? 250 : 3;
    collector.counter("jobs").add(1);
    for (let round = 0; round < rounds; round++) {
      await Promise.all([1, 2, 3, 4].map((amount) => ended(startWorker("some jobs", { amount }))));
      expect(sharedHeap().claimedPages).toBe(0);
    }
    const stored = await summaries();
    expect(total(stored, "jobs")).toBe(1 + rounds * 10);
    expect(one(stored, "job.duration")).toMatchObject({ count: rounds * 4, sum: rounds * 10, min: 1, max: 4 });
    // Four at a time, each with a page for cells and one for buckets.
    expect(sharedHeap().buffer.byteLength).toBeLessThanOrEqual(17 * 65_536);
  });

  it("runs its callbacks before it flushes, and at its end", async () => {
    const { summaries } = monitoredMain();
    const worker = startWorker("on collect");
    await said(worker);
    await ended(worker);
    expect(total(await summaries(), "pool.size")).toBe(2);
  });

  it("records no more once it has closed its collector", async () => {
    const { summaries } = monitoredMain();
    const worker = startWorker("closed", { amount: 3 });
    expect(await said(worker)).toBe("closed");
    expect(total(await summaries(), "jobs")).toBe(3);
    worker.postMessage("go on");
    expect(await said(worker)).toBe("true");
    await ended(worker);
    expect(total(await summaries(), "jobs")).toBe(3);
  });

  it("cannot be given a backend of its own beside that of its main thread", async () => {
    monitoredMain();
    expect(await said(startWorker("adds a backend"))).toMatch(/records into the collector of its main thread/);
  });

  it("joins the main thread's collector also with another copy of the package", async () => {
    const { summaries } = monitoredMain();
    const folder = mkdtempSync(join(tmpdir(), "giflab-copy-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const here = fileURLToPath(new URL("../..", import.meta.url));
    cpSync(join(here, "src"), join(folder, "src"), { recursive: true });
    const copy = join(folder, "test", "fixtures", "recording-worker.ts");
    cpSync(join(here, "test", "fixtures", "recording-worker.ts"), copy);
    await ended(startWorker("some jobs", { amount: 12, program: pathToFileURL(copy) }));
    expect(total(await summaries(), "jobs")).toBe(12);
  });

  it("takes over sampling rate and limits of its main thread, and still counts every call", async () => {
    const { summaries } = monitoredMain({ samplingRate: 0.2, maxSeriesPerMetric: 10 });
    await ended(startWorker("sampled", { amount: 5000 }));
    const worker = startWorker("many tags", { amount: 25 });
    await said(worker);
    const stored = await summaries();
    expect(total(stored, "job.duration")).toBe(5000);
    const jobs = stored.filter(({ name }) => name === "jobs");
    expect(jobs).toHaveLength(11);
    expect(jobs.reduce((sum, series) => sum + series.sum!, 0)).toBe(25);
    expect(total(stored, "jobs", { "otel.metric.overflow": "true" })).toBe(15);
  });

  it("that another worker thread starts records in the same memory, and is noticed when that one ends it", async () => {
    const { summaries } = monitoredMain();
    const witness = witnessOf(1);
    const outer = startWorker("another inside", { witness, amount: 1000 });
    expect(await said(outer)).toBe("terminated");
    const stored = await summaries();
    expect(total(stored, "jobs", { worker: "0" })).toBe(1000);
    expect(sharedHeap().claimedPages).toBe(1);
  });

  it("takes those that it has started with it when it is terminated", async () => {
    const { summaries } = monitoredMain();
    const witness = witnessOf(1);
    const outer = startWorker("another inside, both terminated", { witness });
    await finished(witness, 1, 1000);
    await outer.terminate();
    expect([witness[0], witness[1]]).toContain(total(await summaries(), "jobs"));
    expect(sharedHeap().claimedPages).toBe(0);
  });
});

describe("series of several threads", () => {
  it("become one each: counters and distributions add up, gauges merge as they are defined", async () => {
    const { summaries, collector } = monitoredMain();
    collector.counter("jobs").add(5);
    collector.gauge("size.sum", { merge: "sum" }).set(1000);
    collector.histogram("values", { unit: "By" }).record(9999);
    const threads = [0, 1, 2].map((worker) => startWorker("all kinds", { worker, amount: 10 }));
    await Promise.all(threads.map(said));
    const stored = await summaries();
    expect(one(stored, "jobs")).toMatchObject({ sum: 35 });
    expect(one(stored, "jobs.failed")).toMatchObject({ sum: 6, tags: { why: "x,b=y" }, unit: "{job}" });
    expect(one(stored, "jobs.failure_rate").value).toBeCloseTo(6 / 35);
    expect(one(stored, "size.sum").last).toBe(1111);
    expect(one(stored, "size.max").last).toBe(100);
    expect(one(stored, "size.mean").last).toBe(37);
    expect([1, 10, 100]).toContain(one(stored, "size.last").last);
    const values = one(stored, "values");
    expect(values).toMatchObject({ count: 3001, min: -500, max: 9999, unit: "By" });
    expect(values.sum).toBe(9999 + [0, 1, 2].reduce((sum, w) => sum + 1000 * (w * 1000 - 0.5), 0));
    expect(Math.abs(values.p50! - 1000)).toBeLessThanOrEqual(10);

    threads[0]!.postMessage("one more");
    await said(threads[0]!);
    expect(one(await summaries(), "size.last").last).toBe(7);
    threads[1]!.postMessage("describe");
    await said(threads[1]!);
    await summaries();
    expect(collector.counter("jobs")).toMatchObject({ descriptor: { definition: { description: "Jobs done" } } });

    await Promise.all(threads.slice(1).map((thread) => thread.terminate()));
    const rest = await summaries();
    expect(one(rest, "jobs")).toMatchObject({ sum: 35 });
    expect(one(rest, "values")).toMatchObject({ count: 3001, min: -500, max: 9999 });
    expect(one(rest, "size.sum").last).toBe(1001);
    expect(one(rest, "size.max").last).toBe(1);
    await threads[0]!.terminate();
    const end = await summaries();
    expect([one(end, "size.sum").last, one(end, "size.max").last, one(end, "size.last").last]).toEqual([1000, 1, 7]);
  });

  it("reach a backend that is added after the threads have ended, with their extremes", async () => {
    const { collector, summaries, clock } = monitoredMain();
    const thread = startWorker("all kinds", { amount: 10 });
    await said(thread);
    await summaries();
    await thread.terminate();
    const late = new MemoryBackend();
    collector.addBackend(late);
    await summaries();
    const stored = await late.summaries({ from: 0, to: clock.now() });
    expect(one(stored, "jobs").sum).toBe(10);
    expect(one(stored, "values")).toMatchObject({ count: 1000, min: -500, max: 499, sum: -500 });
  });

  it("of another kind than the same name in the process are counted as errors, and disturb nobody", async () => {
    const { collector, summaries, warnings } = monitoredMain();
    collector.counter("jobs").add(1);
    collector.gauge("size").set(2);
    await Promise.all([1, 2].map((amount) => ended(startWorker("conflicts", { amount }))));
    const stored = await summaries();
    expect([total(stored, "jobs"), total(stored, "size"), total(stored, "jobs.else")]).toEqual([1, 2, 3]);
    expect(total(stored, "giflab.monitoring.errors", { reason: "kind_conflict" })).toBe(4);
    // The threads' own errors count as well, and both are said once, by the main thread.
    expect(total(stored, "giflab.monitoring.errors", { reason: "invalid_value" })).toBe(2);
    expect(warnings).toEqual([
      expect.stringMatching(/jobs is already registered with kind counter, not gauge/),
      "giflab: invalid value: bad was given NaN, it takes finite numbers",
    ]);
  });
});

describe("worker threads are left to themselves", () => {
  const alone = async (): Promise<unknown> => JSON.parse(String(await said(startWorker("of its own"))));

  it("when the main thread runs no monitoring, or has stopped it", async () => {
    setMetricsCollector(undefined);
    getMetricsCollector().counter("jobs").add(1);
    expect(await alone()).toEqual({ joined: false, enabled: true });
    const { collector } = monitoredMain();
    expect(await alone()).toEqual({ joined: true, enabled: true });
    await collector.close();
    expect(await alone()).toEqual({ joined: false, enabled: true });
  });

  it("when the process-wide collector is replaced by one without a backend", async () => {
    monitoredMain();
    setMetricsCollector(new MetricsCollector());
    expect(getEnvironmentData("giflab.metrics/1")).toBeUndefined();
    expect(await alone()).toEqual({ joined: false, enabled: true });
  });

  it("and collect what the threads record that they start, when they have a backend of their own", async () => {
    const { summaries } = monitoredMain();
    const worker = startWorker("backend of its own", { amount: 4 });
    expect(JSON.parse(String(await said(worker)))).toEqual({ jobs: 5, thread: true, joined: false });
    expect(total(await summaries(), "jobs")).toBe(0);
  });

  it("and record nothing when the main thread has turned monitoring off", async () => {
    const { collector } = monitoredMain();
    collector.configure({ enabled: false });
    expect(await alone()).toEqual({ joined: true, enabled: false });
  });
});

it("collectors that come and go listen to the process once, and not at all when all are closed", async () => {
  const before = process.listenerCount("worker");
  const collectors = Array.from({ length: 12 }, () => monitoredMain().collector);
  expect(process.listenerCount("worker")).toBe(before + 1);
  await Promise.all(collectors.map((collector) => collector.close()));
  expect(process.listenerCount("worker")).toBe(before);
});
