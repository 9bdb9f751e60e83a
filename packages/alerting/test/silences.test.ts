import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { AlertManager, AlertRule } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;
let manager: AlertManager;

beforeEach(async () => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
  const rules = ["queue", "backlog"].map(
    (name) => new AlertRule({ name, metricPattern: name, warningThreshold: 10, criticalThreshold: 100 }),
  );
  manager = new AlertManager({ reader: memory, state: memory, clock, rules });
  collector.recordGauge("queue", 500, { shard: "a" });
  collector.recordGauge("backlog", 50);
  await flush();
});

afterEach(() => collector.close());

const flush = async (): Promise<void> => {
  clock.advance(10);
  await collector.flush();
};

it("a silenced alert is shown, and counts for no status until the silence ends", async () => {
  expect((await manager.evaluate()).status).toBe("critical");
  const silence = await manager.silence({ rule: "queue", for: "2h", comment: "migration" });
  expect(silence.until - silence.from).toBe(7200);
  const report = await manager.evaluate();
  expect(report.status).toBe("warning");
  expect(report.alerts).toMatchObject([
    { rule: "queue", silenced: { id: silence.id, until: silence.until, comment: "migration" } },
    { rule: "backlog" },
  ]);
  clock.advance(7199);
  await flush();
  expect((await manager.evaluate()).status).toBe("critical");
});

it("a silence holds for rules by glob and for the tags it names", async () => {
  await manager.silence({ rule: "*", for: 600, tags: { shard: ["a", "b"] } });
  expect((await manager.evaluate()).alerts.map(({ rule, silenced }) => [rule, silenced !== undefined])).toEqual([
    ["queue", true],
    ["backlog", false],
  ]);
});

it("silences are listed, the first to end first, and removed by id or rule, from any process", async () => {
  await manager.silence({ rule: "backlog", for: "3h" });
  const { id } = await manager.silence({ rule: "queue", for: "1h", by: "eva" });
  await manager.silence({ rule: "queue", for: "2h" });
  const other = new AlertManager({ reader: memory, state: memory, clock });
  expect((await other.silences()).map(({ rule }) => rule)).toEqual(["queue", "queue", "backlog"]);
  expect(await other.unsilence(id)).toMatchObject([{ id, by: "eva" }]);
  expect(await other.unsilence("queue")).toHaveLength(1);
  expect(await other.unsilence("queue")).toEqual([]);
  expect(await manager.silences()).toMatchObject([{ rule: "backlog" }]);
});

it("a silence that ended lies there for a day and then goes", async () => {
  await manager.silence({ rule: "queue", for: "1h" });
  await memory.compareAndSet("alert/silence/torn", 0, "{torn");
  clock.advance(3600 + 86_399);
  expect(await manager.silences()).toEqual([]);
  expect(await memory.list("alert/silence/")).toHaveLength(1);
  clock.advance(1);
  await manager.silences();
  expect(await memory.list("alert/silence/")).toEqual([]);
});

it("a silence without an end, or of nothing, is refused", async () => {
  await expect(manager.silence({ rule: "queue", for: "0s" })).rejects.toThrow(/for of a silence must be seconds/);
  await expect(manager.silence({ rule: "", for: 60 })).rejects.toMatchObject({ code: "INVALID_OPTION" });
});
