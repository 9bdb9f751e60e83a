import {
  ManualClock,
  MemoryBackend,
  MemoryState,
  MetricsCollector,
  MetricsError,
  type StateStore,
} from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { evaluationTurn } from "../src/evaluation-lease.ts";
import { AlertManager, AlertRule } from "../src/index.ts";

const NOW = 1_800_000_000;
const noPause = async (): Promise<void> => {};

/** A state store that counts what is asked of it. */
class CountedState extends MemoryState {
  reads = 0;
  writes = 0;
  refused = 0;

  override async get(key: string) {
    this.reads++;
    return await super.get(key);
  }

  override async list(prefix: string) {
    this.reads++;
    return await super.list(prefix);
  }

  override async compareAndSet(key: string, expectedVersion: number, value: string | undefined) {
    const version = await super.compareAndSet(key, expectedVersion, value);
    if (version === undefined) this.refused++;
    else this.writes++;
    return version;
  }
}

describe("the turn to record", () => {
  it("is one evaluator's at a time, and the next one's when he ends it", async () => {
    const store = new MemoryState();
    const first = await evaluationTurn(store, NOW);
    expect(first.waited).toBe(false);
    let pauses = 0;
    const second = await evaluationTurn(store, NOW, async () => {
      if (++pauses === 3) await first.end();
    });
    expect({ pauses, waited: second.waited }).toEqual({ pauses: 3, waited: true });
    await second.end();
    expect(await store.list("")).toEqual([]);
  });

  it("of one that was killed delays others by a second at most, and by nothing once it is over", async () => {
    const store = new MemoryState();
    await evaluationTurn(store, NOW);
    let pausedMs = 0;
    const turn = await evaluationTurn(store, NOW + 4, async (ms) => void (pausedMs += ms));
    expect({ pausedMs, waited: turn.waited }).toEqual({ pausedMs: 1000, waited: true });
    await turn.end();
    expect((await evaluationTurn(store, NOW + 5, () => expect.unreachable())).waited).toBe(false);
  });

  it("is nobody's when it reaches further ahead than it lasts: a clock was wrong", async () => {
    const store = new MemoryState();
    await evaluationTurn(store, NOW + 3600);
    expect((await evaluationTurn(store, NOW, () => expect.unreachable())).waited).toBe(false);
  });

  it("is not waited for where the lease is damaged or the store cannot be written", async () => {
    const store = new MemoryState();
    await store.compareAndSet("alert/lease", 0, "{");
    expect((await evaluationTurn(store, NOW, () => expect.unreachable())).waited).toBe(false);
    const readOnly: StateStore = {
      get: (key) => new MemoryState().get(key),
      list: (prefix) => new MemoryState().list(prefix),
      compareAndSet: () => Promise.reject(new MetricsError("READ_ONLY", "read-only")),
    };
    const turn = await evaluationTurn(readOnly, NOW, noPause);
    expect(turn.waited).toBe(false);
    await turn.end();
  });
});

describe("evaluators that find the same changes at the same time", () => {
  it("write them once, and nothing at all when nothing has changed", async () => {
    const clock = new ManualClock();
    const memory = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
    const rules = Array.from({ length: 50 }, (_, i) => {
      return new AlertRule({ name: `queue-${i}`, metricPattern: "queue", warningThreshold: i });
    });
    collector.gauge("queue").set(100);
    clock.advance(10);
    await collector.flush();
    const state = new CountedState();
    const evaluate = async () => {
      const managers = [1, 2, 3, 4].map(() => new AlertManager({ reader: memory, state, clock, rules }));
      return await Promise.all(managers.map((manager) => manager.evaluate()));
    };
    const reports = await evaluate();
    expect(reports.map(({ alerts }) => alerts.length)).toEqual([50, 50, 50, 50]);
    expect(reports.flatMap(({ transitions }) => transitions)).toHaveLength(50);
    // 50 states, 50 histories, and a lease that is taken and given back by each of those who saw a change.
    expect(state.writes).toBeLessThanOrEqual(2 * 50 + 4 * 2);
    expect(state.refused).toBeLessThanOrEqual(3);
    expect(await state.list("alert/lease")).toEqual([]);
    state.writes = 0;
    await evaluate();
    expect(state.writes).toBe(0);
    await collector.close();
  });
});
