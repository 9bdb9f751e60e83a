import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SqliteBackend } from "@giflab/backend-sqlite";
import type { MetricSummary } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startNode } from "./giflab-process.ts";
import { StoreFixture } from "./store-fixture.ts";

const SECONDS = process.env["GIFLAB_TEST_LONG"] === "1" ? 60 : 3;
const PROCESSES = 8;

/** What `fixtures/busy-process.ts` says of itself. */
interface Recorded {
  readonly service: string;
  readonly ticks: number;
  readonly snapshots: number;
  readonly callMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly acceptedMs: readonly number[];
  readonly loopMs: readonly number[];
  readonly dropped: string;
}

let fixture: StoreFixture;
beforeEach(() => {
  fixture = new StoreFixture();
});
afterEach(() => fixture.remove());

const script = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));

async function output(name: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await startNode(["--disable-warning=ExperimentalWarning", script(name), ...args])
    .finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** Nearest ranks. */
function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms (${sorted.length})`;
}

/** Starts the processes and asks for their status again and again until they have ended. */
async function underLoad(seconds: number): Promise<readonly Recorded[]> {
  let running = true;
  const writers = Array.from({ length: PROCESSES }, (_, at) =>
    output("busy-process", fixture.dbPath, `busy${at}`, String(seconds)),
  );
  const ended = Promise.all(writers).finally(() => {
    running = false;
  });
  const answerMs: number[] = [];
  let heard = false;
  while (running) {
    if (!existsSync(fixture.dbPath)) await new Promise((resolve) => setTimeout(resolve, 20));
    const begun = performance.now();
    const { code, stdout, stderr } = await fixture.giflab(["metrics", "status"]);
    // The first may come before anything is recorded.
    if (!heard && !stdout.includes("load.work")) continue;
    heard = true;
    answerMs.push(performance.now() - begun);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("load.work");
  }
  const recorded = (await ended).map((text) => JSON.parse(text) as Recorded);
  expect(heard).toBe(true);
  console.log(`writing: ${percentiles(recorded.flatMap(({ callMs }) => callMs))}`);
  console.log(`writing, processor time: ${percentiles(recorded.flatMap(({ cpuMs }) => cpuMs))}`);
  console.log(`until accepted: ${percentiles(recorded.flatMap(({ acceptedMs }) => acceptedMs))}`);
  console.log(`giflab metrics status: ${percentiles(answerMs)}`);
  const loops = recorded.map(({ loopMs }) => loopMs.map((ms) => ms.toFixed(0)).join("/")).join(" ");
  console.log(`event-loop delay, p50/p99/longest ms by process: ${loops}`);
  return recorded;
}

/** Every series of every process holds exactly what was recorded. */
async function recount(recorded: readonly Recorded[]): Promise<void> {
  const store = new SqliteBackend({ dbPath: fixture.dbPath, readonly: true });
  try {
    const { snapshots } = await store.stats();
    expect(snapshots).toBe(recorded.reduce((total, one) => total + one.snapshots, 0));
    for (const { service, ticks, dropped } of recorded) {
      expect({ service, dropped }).toEqual({ service, dropped: "" });
      const found = await store.summaries({ match: "load.*", service, from: 0, to: 1e11 });
      expect(found.length).toBe(1000);
      for (const one of found) expectExact(one, ticks);
    }
  } finally {
    await store.close();
  }
}

function expectExact({ name, kind, tags, sum, count, last }: MetricSummary, ticks: number): void {
  const at = Number(tags["at"]) + 100 * Number(/\d*$/.exec(name)![0]);
  if (kind === "counter") expect([name, tags, sum]).toEqual([name, tags, ticks * (at + 1)]);
  else if (kind === "gauge") expect([name, tags, last]).toEqual([name, tags, ticks * Math.sqrt(at)]);
  else expect([name, tags, count]).toEqual([name, tags, ticks]);
}

describe("eight processes with 1,000 series each, one flush a second, in one file", () => {
  it("lose nothing while their status is read", { timeout: 120_000 }, async () => {
    await recount(await underLoad(SECONDS));
  });

  it("lose nothing while another process holds the write lock for two seconds now and then", {
    timeout: 120_000,
  }, async () => {
    const made = new SqliteBackend({ dbPath: fixture.dbPath });
    made.open();
    made.closeSync();
    const holder = output("lock-now-and-then", fixture.dbPath, String(SECONDS + 1));
    const recorded = await underLoad(SECONDS + 2);
    const holds = Number(await holder);
    console.log(`locked ${holds} times for 2 s`);
    expect(holds).toBeGreaterThan(0);
    await recount(recorded);
  });
});
