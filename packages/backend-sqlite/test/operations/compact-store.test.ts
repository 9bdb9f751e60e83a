import { statSync } from "node:fs";
import { counterPoint, gaugePoint, TestInstance, timerPoint } from "@giflab/backend-testkit";
import type { Clock } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { openWriter } from "../../src/open-writer.ts";
import { compactStore, type OperationProgress } from "../../src/operations/index.ts";
import { resolveSqliteOptions } from "../../src/sqlite-options.ts";
import { Upkeep } from "../../src/upkeep.ts";
import { Fixture } from "../run-fixture.ts";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
const options = () => ({ dbPath: folder.dbPath, clock: folder.clock });

/** Ten hours of flushes, none of them sealed; the clock then stands two days later. */
async function recordHot(): Promise<void> {
  const store = folder.open();
  const instance = new TestInstance({ start: folder.clock.now() });
  for (let flush = 0; flush < 1200; flush++) {
    store.writeSync(
      instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])], {
        seconds: 30,
      }),
    );
  }
  store.closeSync();
  folder.clock.advance(48 * HOUR);
}

describe("compactStore", () => {
  it("seals, rolls up and gives the space back, and says what it saved", async () => {
    await recordHot();
    const progress: OperationProgress[] = [];
    const report = await compactStore({ ...options(), onProgress: (now) => progress.push(now) });
    expect(report.before.rows).toEqual({ hot: 1200, sealed: 0, minutes: 0, hours: 0 });
    expect(report.after.rows).toMatchObject({ hot: 0, sealed: 0, hours: 0 });
    expect(report.after.rows.minutes).toBeGreaterThanOrEqual(600);
    expect(report.after.rows.minutes).toBeLessThan(620);
    expect(report.leftToAnother).toBe(false);
    expect(report.after.bytes).toBeLessThan(report.before.bytes);
    expect(report.after.bytes).toBe(statSync(folder.dbPath).size);
    expect(progress.every(({ done, total }) => done >= 0 && done <= total)).toBe(true);
    const store = folder.open({ readonly: true });
    const [calls] = await store.summaries({ match: "calls", from: 0, to: folder.clock.now() });
    expect(calls!.sum).toBe(1200);
    const { details } = await store.stats();
    const now = new Date(folder.clock.now() * 1000).toISOString();
    expect(details).toMatchObject({
      lastSeal: now,
      lastRollUp: now,
      lastCleanup: now,
      minuteRows: report.after.rows.minutes,
    });
  });

  it("has nothing to do a second time", async () => {
    await recordHot();
    await compactStore(options());
    const { before, after } = await compactStore(options());
    expect(after.rows).toEqual(before.rows);
  });

  it("leaves what another program is at to it, as long as its lease holds", async () => {
    await recordHot();
    const other = openWriter(resolveSqliteOptions(options()));
    const job = new Upkeep().run(other, folder.clock.now());
    for (let step = 0; step < 40; step++) job.next();
    // The other one is killed: it goes on after its lease has run out, which is when the clock has been looked at some times.
    let looks = 0;
    const clock: Clock = {
      now: () => folder.clock.now() + (++looks > 8 ? 120 : 0),
      monotonic: () => folder.clock.monotonic(),
    };
    const { after, leftToAnother } = await compactStore({ ...options(), clock });
    expect(looks).toBeGreaterThan(8);
    expect([after.rows.hot, leftToAnother]).toEqual([0, false]);
    other.connection.close();
  });

  it("waits for a lock that another process holds", async () => {
    await recordHot();
    const holder = new Fixture("lock-holder", folder.dbPath);
    await holder.started();
    const compacting = compactStore(options());
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    holder.child.stdin!.end();
    expect((await compacting).after.rows.hot).toBe(0);
    await holder.ended();
  });

  it("can be broken off, and another one does the rest", async () => {
    await recordHot();
    const breaking = new AbortController();
    const reason = new Error("enough");
    const broken = compactStore({ ...options(), signal: breaking.signal, onProgress: () => breaking.abort(reason) });
    await expect(broken).rejects.toBe(reason);
    expect((await compactStore(options())).after.rows.hot).toBe(0);
    expect(folder.number("SELECT sum(seq - first_seq + 1) FROM metrics")).toBe(1200);
  });

  it("makes no store where there is none", async () => {
    await expect(compactStore(options())).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/^no metrics recorded yet at /),
    });
    expect(statSync(folder.dbPath, { throwIfNoEntry: false })).toBeUndefined();
  });
});
