import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync, rmSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { ManualClock, MetricsCollector, MetricsError } from "@giflab/metrics-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fileIdentity } from "../src/store-file.ts";
import type { UpkeepOrder } from "../src/upkeep-order.ts";
import { UpkeepThread } from "../src/upkeep-thread.ts";
import { leftovers, recount } from "./counted-store.ts";
import { CRASH_STORES, LAST_SEQUENCE } from "./crash-stores.ts";
import { Fixture } from "./run-fixture.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const long = process.env["GIFLAB_TEST_LONG"] === "1";
/** See `fixtures/thread-host.ts`. */
const WAYS = ["exit", "end", "terminate", "stop", "kill"];
/** Minutes after an hour, hours after six. */
const QUICK = { rawHours: 1, retentionDays: 0.25 };
const order = (): Omit<UpkeepOrder, "control"> => ({
  dbPath: folder.dbPath,
  identity: fileIdentity(folder.dbPath),
  epochSeconds: folder.clock.now(),
});
const blocks = (): number => folder.number("SELECT count(*) FROM block");

function record(flushes: number): void {
  const store = folder.open(QUICK);
  const instance = new TestInstance({ start: folder.clock.now() });
  for (let flush = 0; flush < flushes; flush++) {
    store.writeSync(
      instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])]),
    );
    folder.clock.advance(10);
  }
}

async function calls(): Promise<number> {
  const store = folder.open({ readonly: true });
  const [found] = await store.summaries({ match: "calls", from: 0, to: 1e11 });
  return found!.sum!;
}

/** Lets this process pass for one that has run for a while. */
function growOld(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + 60_000);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("UpkeepThread", () => {
  it("seals and rolls up while its host writes, and nothing is lost", async () => {
    record(900);
    const collector = new MetricsCollector({ backends: [folder.open()], clock: folder.clock, service: "host" });
    const counter = collector.counter("calls");
    const thread = UpkeepThread.start(order())!;
    let working = true;
    const done = thread.done.finally(() => {
      working = false;
    });
    let flushes = 0;
    while (working) {
      counter.add(1);
      flushes++;
      await collector.flush();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(await done).toEqual({ kind: "done" });
    await collector.close();
    expect(flushes).toBeGreaterThan(1);
    expect(blocks()).toBeGreaterThan(1);
    expect(folder.number("SELECT max(resolution) FROM metrics")).toBe(60);
    expect(leftovers(folder.dbPath)).toBe(0);
    expect(await calls()).toBe(900 + flushes);
  });

  it("ends early when it is told to stop, and gives its lease up", async () => {
    record(900);
    const thread = UpkeepThread.start(order())!;
    await thread.stopped();
    expect(await thread.done).toEqual({ kind: "left" });
    expect(folder.number("SELECT count(*) FROM settings WHERE key = 'leaseOwner'")).toBe(0);
  });

  it("does nothing to a file that has come into the place of the one that was meant", async () => {
    record(900);
    const before = order();
    const aside = `${folder.path}/other.db`;
    copyFileSync(folder.dbPath, aside);
    renameSync(aside, folder.dbPath);
    expect(await UpkeepThread.start(before)!.done).toEqual({ kind: "left" });
    rmSync(folder.dbPath);
    expect(await UpkeepThread.start(before)!.done).toEqual({ kind: "left" });
    expect(fileIdentity(folder.dbPath)).toBeUndefined();
  });

  it("is not to be had by a process that may start none", () => {
    const main = `import { UpkeepThread } from ${JSON.stringify(new URL("../src/upkeep-thread.ts", import.meta.url).href)};
      console.log(UpkeepThread.start({ dbPath: "metrics.db", identity: "1:1", epochSeconds: 1 }) === undefined);`;
    const flags = ["--permission", "--allow-fs-read=*", "--conditions=@giflab/source", "--input-type=module"];
    expect(execFileSync(process.execPath, [...flags, "-e", main], { encoding: "utf8" })).toBe("true\n");
  });

  it("leaves a damaged file where it is and says what is wrong", async () => {
    record(900);
    folder.change("DROP TABLE chunk");
    const outcome = await UpkeepThread.start(order())!.done;
    expect(outcome).toMatchObject({ kind: "failed", code: "STORE_CORRUPT" });
    expect(fileIdentity(folder.dbPath)).toBe(order().identity);
  });

  it("lets a write of its host wait some milliseconds for its lock, and no longer", async () => {
    record(1);
    const thread = UpkeepThread.start(order())!;
    const busy = new MetricsError("BACKEND_BUSY", "held");
    let attempts = 0;
    const held = (times: number): number => {
      if (attempts++ < times) throw busy;
      return attempts;
    };
    expect(thread.besides(() => held(1))).toBe(2);
    expect(() => thread.besides(() => held(Number.POSITIVE_INFINITY))).toThrow(busy);
    expect(await thread.done).toEqual({ kind: "done" });
  });
});

describe("a store that is written for longer than two seconds", () => {
  it("has what is due done in a thread, and the event loop does none of it", async () => {
    record(900);
    growOld();
    const store = folder.open({ upkeep: "thread" });
    const started = vi.spyOn(UpkeepThread, "start");
    store.write(new TestInstance({ start: folder.clock.now() }).flush([counterPoint("calls", 1)]));
    while (started.mock.results.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(blocks()).toBe(0);
    const thread = started.mock.results[0]!.value as UpkeepThread;
    expect(await thread.done).toEqual({ kind: "done" });
    expect(blocks()).toBeGreaterThan(1);
    expect(await calls()).toBe(901);
  });

  it("does it on the loop where no thread can be had", async () => {
    record(900);
    growOld();
    vi.spyOn(UpkeepThread, "start").mockReturnValue(undefined);
    const store = folder.open({ upkeep: "thread" });
    store.write(new TestInstance({ start: folder.clock.now() }).flush([counterPoint("calls", 1)]));
    while (blocks() < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(await calls()).toBe(901);
  });

  it("starts no thread while somebody waits for maintain", async () => {
    record(900);
    growOld();
    const started = vi.spyOn(UpkeepThread, "start");
    const store = folder.open({ upkeep: "thread" });
    let working = true;
    const maintained = store.maintain().finally(() => {
      working = false;
    });
    const instance = new TestInstance({ start: folder.clock.now() });
    let flushes = 0;
    while (working || flushes < 60) {
      for (let several = 0; several < 10; several++) store.write(instance.flush([counterPoint("calls", 1)]));
      flushes += 10;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await maintained;
    expect(blocks()).toBeGreaterThan(1);
    expect(started).not.toHaveBeenCalled();
    expect(await calls()).toBe(900 + flushes);
  });

  it("closes in the middle of it without losing anything", async () => {
    record(900);
    growOld();
    const started = vi.spyOn(UpkeepThread, "start");
    const store = folder.open({ upkeep: "thread" });
    store.write(new TestInstance({ start: folder.clock.now() }).flush([counterPoint("calls", 1)]));
    while (started.mock.results.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await store.close();
    expect(await (started.mock.results[0]!.value as UpkeepThread).done).toEqual({ kind: "left" });
    expect(await calls()).toBe(901);
  });
});

describe("a host that exits, comes to its end, terminates or stops the thread, or is killed", () => {
  it("loses and doubles nothing at whatever moment of the work", { timeout: 7_200_000 }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const [aged] = Object.values(CRASH_STORES);
    const now = aged!.make(folder.dbPath);
    const kept = aged!.keeps(now);
    const dbPath = `${folder.path}/round.db`;
    const run = async (way: string, milliseconds: number): Promise<string> => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(dbPath + suffix, { force: true });
      copyFileSync(folder.dbPath, dbPath);
      const host = new Fixture("thread-host", dbPath, String(now), way, String(milliseconds));
      await host.ended();
      return host.output;
    };
    const complete = JSON.parse((await run("", 0)).slice(1)) as { said: unknown; milliseconds: number };
    expect(complete.said).toEqual({ kind: "done" });
    await recount(dbPath);
    for (let round = 0; round < (long ? 500 : WAYS.length); round++) {
      const way = WAYS[round % WAYS.length]!;
      // The first third goes by before the program of the thread is there.
      const delay = complete.milliseconds * (0.3 + 0.7 * random.next());
      await run(way, delay);
      try {
        for (const writer of ["a", "b"]) {
          const { last, oldest } = (await recount(dbPath)).get(writer)!;
          expect(last).toBe(LAST_SEQUENCE);
          expect(oldest).toBeLessThanOrEqual(kept.oldest!);
        }
        // The next one finishes what was begun. The lease of the one that has gone has run out by then.
        sealDue(dbPath, new ManualClock(now + 120));
        await recount(dbPath);
        expect(leftovers(dbPath)).toBe(0);
      } catch (cause) {
        throw new Error(`after ${way} ${delay} ms after the thread began: ${(cause as Error).message}`, { cause });
      }
    }
  });
});
