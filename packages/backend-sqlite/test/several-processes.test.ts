import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { ManualClock, MetricsCollector } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { Fixture } from "./run-fixture.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const long = process.env["GIFLAB_TEST_LONG"] === "1";

const record = (name: string, flushes: number): Fixture =>
  new Fixture("recorder", folder.dbPath, name, String(flushes));
const acknowledged = ({ output }: Fixture): number => Number(output.trimEnd().split("\n").at(-1) || 0);
const everything = (): { from: number; to: number } => ({ from: 0, to: Date.now() / 1000 + 10 });

describe("several processes at once", () => {
  it("write one new file together, and nothing is lost or doubled", async () => {
    const flushes = long ? 500 : 60;
    const names = ["a", "b", "c", "d", "e"];
    const writers = names.map((name) => record(name, flushes));
    expect(await Promise.all(writers.map((one) => one.ended()))).toEqual([0, 0, 0, 0, 0]);
    const reader = folder.open({ readonly: true });
    const jobs = await reader.summaries({ match: "jobs", ...everything() });
    expect(jobs.map((one) => [one.tags["name"], one.sum, one.services])).toEqual(
      names.map((name) => [name, flushes, [name]]),
    );
    const [load] = await reader.summaries({ match: "load", ...everything() });
    expect(load).toMatchObject({ count: 5 * flushes, max: flushes / 1000 });
  });

  it("may be killed at any moment: what was acknowledged is there once, and the file is whole", async () => {
    const rounds = long ? 60 : 4;
    const seed = Date.now() % 100_000;
    console.info(`seed ${seed}`);
    let state = seed;
    for (let round = 0; round < rounds; round++) {
      const name = `round${round}`;
      const writer = record(name, 1_000_000);
      await writer.started();
      state = (state * 16_807) % 2_147_483_647;
      await new Promise((resolve) => setTimeout(resolve, state % 40));
      writer.child.kill("SIGKILL");
      await writer.ended();
      const reader = folder.open({ readonly: true });
      const [jobs] = await reader.summaries({ match: "jobs", tags: { name }, ...everything() });
      // One more may be stored and not acknowledged.
      expect([acknowledged(writer), acknowledged(writer) + 1]).toContain(jobs?.sum);
      await reader.close();
    }
    const db = new Database(folder.dbPath);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });

  it("are not blocked by one that holds the lock: writing gives way at once, and the data arrives afterwards", async () => {
    const store = folder.open();
    store.open();
    const holder = new Fixture("lock-holder", folder.dbPath);
    await holder.started();
    const instance = new TestInstance({ start: folder.clock.now() });
    const snapshot = instance.flush([counterPoint("direct", 1)]);
    const clock = new ManualClock(folder.clock.now());
    const collector = new MetricsCollector({ backends: [store], service: "t", clock });
    collector.counter("queued").add(5);
    clock.advance(10);
    // Twenty attempts, each of which a waiting write would have made last for seconds.
    const begun = performance.now();
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(() => store.write(snapshot)).toThrow(expect.objectContaining({ code: "BACKEND_BUSY" }));
    }
    expect(performance.now() - begun).toBeLessThan(5000);
    let delivered = false;
    const flushed = collector.flush().then(() => {
      delivered = true;
    });
    for (let turn = 0; turn < 100; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect((await store.summaries({ match: "queued", from: 0, to: 1e11 })).length).toBe(0);
    holder.child.stdin!.end();
    expect(await holder.ended()).toBe(0);
    await flushed;
    await collector.close();
    expect(delivered).toBe(true);
    const reader = folder.open({ readonly: true });
    expect((await reader.summaries({ match: "queued", from: 0, to: 1e11 }))[0]?.sum).toBe(5);
  });

  it("end although their log is just being written back", async () => {
    const closer = new Fixture("closer", folder.dbPath);
    expect(await closer.ended()).toBe(0);
    expect(closer.output).toBe("closed");
  });
});
