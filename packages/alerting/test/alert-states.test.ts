import { ManualClock, MemoryBackend, MetricsCollector, MetricsError, type StateStore } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
});

afterEach(() => collector.close());

const manager = (options: Partial<AlertRuleOptions> = {}, state: StateStore = memory): AlertManager => {
  const rule = new AlertRule({
    name: "queue",
    metricPattern: "queue",
    warningThreshold: 10,
    criticalThreshold: 100,
    ...options,
  });
  return new AlertManager({ reader: memory, state, clock, rules: [rule] });
};

const queue = async (length: number, seconds = 60): Promise<void> => {
  collector.gauge("queue").set(length);
  clock.advance(seconds);
  await collector.flush();
};

/** A store that can be read and not written, as one opened read-only. */
const readOnly = (): StateStore => ({
  get: (key) => memory.get(key),
  list: (prefix) => memory.list(prefix),
  compareAndSet: async () => {
    throw new MetricsError("BACKEND_UNAVAILABLE", "read-only");
  },
});

describe("states beside the metrics", () => {
  it("let `for` work when each evaluation is another process", async () => {
    const seen: string[] = [];
    for (let minute = 0; minute < 7; minute++) {
      await queue(50);
      const { alerts, status } = await manager({ for: "5m" }).evaluate();
      seen.push(`${status} ${alerts[0]?.state}`);
    }
    expect(seen).toEqual([...new Array(5).fill("ok pending"), "warning firing", "warning firing"]);
  });

  it("begin `for` anew when an evaluation between found the value good", async () => {
    for (const length of [50, 50, 50, 5, 50, 50]) {
      await queue(length);
      expect((await manager({ for: "3m" }).evaluate()).status).toBe("ok");
    }
  });

  it("are a document for each rule that is not inactive, and none afterwards", async () => {
    await queue(5);
    await manager().evaluate();
    expect(await memory.list("alert/state/")).toEqual([]);
    await queue(500);
    await manager().evaluate();
    expect(await memory.list("alert/state/")).toHaveLength(1);
    await queue(5);
    expect((await manager().evaluate()).resolved).toMatchObject([{ rule: "queue", level: "critical" }]);
    await queue(5, 901);
    expect((await manager().evaluate()).resolved).toEqual([]);
    expect(await memory.list("alert/state/")).toEqual([]);
  });

  it("are written when they change and not at every evaluation", async () => {
    await queue(50);
    await manager().evaluate();
    const [before] = await memory.list("alert/state/");
    await queue(60);
    await manager().evaluate();
    expect(await memory.list("alert/state/")).toEqual([before]);
  });

  it("are stepped once by evaluators at the same time: one of them records the transition", async () => {
    await queue(500);
    const reports = await Promise.all(Array.from({ length: 8 }, () => manager().evaluate()));
    expect(reports.map(({ status }) => status)).toEqual(new Array(8).fill("critical"));
    expect(reports.flatMap(({ transitions }) => transitions)).toHaveLength(1);
    expect(await manager().history()).toHaveLength(1);
  });

  it("go to the warning threshold and back without a new alert", async () => {
    const levels: string[] = [];
    for (const length of [50, 500, 50, 5]) {
      await queue(length);
      const { alerts, transitions } = await manager().evaluate();
      levels.push(
        `${alerts[0]?.level} ${transitions[0]?.from} ${transitions[0]?.to} ${clock.now() - (alerts[0]?.since ?? 0)}`,
      );
    }
    expect(levels.slice(0, 3)).toEqual([
      "warning inactive firing 0",
      "critical firing firing 60",
      "warning firing firing 120",
    ]);
    expect(levels[3]).toMatch(/^undefined firing resolved/);
  });

  it("end at the clear threshold, which the message then names", async () => {
    const options = { warningClearThreshold: 5, criticalClearThreshold: 80 };
    const levels: (string | undefined)[] = [];
    for (const length of [8, 11, 8, 6, 5, 8]) {
      await queue(length);
      levels.push((await manager(options).evaluate()).alerts[0]?.message);
    }
    expect(levels).toEqual([
      undefined,
      "queue is 11, above 10",
      "queue is 8, above 5",
      "queue is 6, above 5",
      undefined,
      undefined,
    ]);
  });

  it("say in an alert that is only kept firing what the value is now", async () => {
    await queue(50);
    await manager({ keepFiringFor: "5m" }).evaluate();
    await queue(5);
    const { alerts } = await manager({ keepFiringFor: "5m" }).evaluate();
    expect(alerts[0]).toMatchObject({
      state: "firing",
      value: 5,
      message: expect.stringMatching(/^queue is back at 5/),
    });
  });

  it("are read where they cannot be written", async () => {
    await queue(50);
    const began = (await manager().evaluate()).alerts[0]!.since;
    await queue(50);
    const report = await manager({}, readOnly()).evaluate();
    expect(report).toMatchObject({ transitionsRecorded: true, alerts: [{ since: began }] });
    await queue(500);
    expect(await manager({}, readOnly()).evaluate()).toMatchObject({
      transitionsRecorded: false,
      alerts: [{ level: "critical" }],
    });
  });

  it("are remembered by a manager without a store for as long as it lives", async () => {
    const rules = [new AlertRule({ name: "q", metricPattern: "queue", warningThreshold: 10, for: "1m" })];
    const alone = new AlertManager({ reader: memory, clock, rules });
    await queue(50);
    expect((await alone.evaluate()).alerts).toMatchObject([{ state: "pending" }]);
    await queue(50);
    expect((await alone.evaluate()).alerts).toMatchObject([{ state: "firing" }]);
  });

  it("go with their rule when it is removed", async () => {
    const own = new AlertManager({ reader: memory, state: memory, clock });
    own.addRule(new AlertRule({ name: "mine", metricPattern: "queue", warningThreshold: 10 }));
    await queue(50);
    await own.evaluate();
    expect(await memory.list("alert/state/")).toHaveLength(1);
    own.removeRule("mine");
    await own.saved();
    expect(await memory.list("alert/state/")).toEqual([]);
  });

  it("of rules that nobody evaluates any more are forgotten after a month", async () => {
    await queue(50);
    await manager({ name: "former" }).evaluate();
    await queue(5, 29 * 86_400);
    await manager().evaluate();
    expect(await memory.list("alert/state/")).toHaveLength(1);
    await queue(5, 2 * 86_400);
    await manager().evaluate();
    expect(await memory.list("alert/state/")).toEqual([]);
  });
});

describe("history", () => {
  it("has every change in order, of one rule or all, in a window", async () => {
    const begin = clock.now();
    for (const length of [50, 500, 5]) {
      await queue(length);
      await manager().evaluate();
    }
    const all = await manager().history();
    expect(all.map(({ from, to, level }) => `${from} ${to} ${level}`)).toEqual([
      "inactive firing warning",
      "firing firing critical",
      "firing resolved critical",
    ]);
    expect(await manager().history({ rule: "queue", from: begin + 60, to: begin + 120 })).toEqual([all[1]]);
    expect(await manager().history({ rule: "other" })).toEqual([]);
  });

  it("keeps the last 200 changes of a rule", async () => {
    for (let i = 0; i < 105; i++) {
      for (const length of [50, 5]) {
        await queue(length, 1);
        await manager().evaluate();
      }
    }
    const all = await manager().history();
    expect(all).toHaveLength(200);
    expect(all.at(-1)).toMatchObject({ to: "resolved", at: clock.now() });
  });
});

describe("an acknowledgement", () => {
  const acknowledged = async (): Promise<unknown> => (await manager().evaluate()).alerts[0]?.acknowledged;

  it("holds until the alert ends", async () => {
    await queue(50);
    await manager().evaluate();
    expect(await manager().acknowledge({ rule: "queue", by: "eva", comment: "on it" })).toBe(1);
    await queue(60);
    expect(await acknowledged()).toMatchObject({ by: "eva", comment: "on it", level: "warning" });
    for (const length of [5, 50]) await queue(length).then(() => manager().evaluate());
    expect(await acknowledged()).toBeUndefined();
  });

  it("ends when the alert gets worse, and when its time is over", async () => {
    await queue(50);
    await manager().evaluate();
    await manager().acknowledge({ rule: "queue", for: "90s" });
    await queue(50);
    expect(await acknowledged()).toMatchObject({ level: "warning" });
    await queue(50);
    expect(await acknowledged()).toBeUndefined();
    await manager().acknowledge({ rule: "queue" });
    await queue(500);
    expect(await acknowledged()).toBeUndefined();
  });

  it("of what does not fire is of nothing", async () => {
    expect(await manager().acknowledge({ rule: "queue" })).toBe(0);
    await expect(manager().acknowledge({ rule: "queue", for: "soon" })).rejects.toThrow(
      /for of an acknowledgement must/,
    );
  });
});
