import { gaugePoint, TestInstance } from "@giflab/backend-testkit";
import { ManualClock, MemoryBackend } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager } from "../../src/alert-manager.ts";
import { AlertRule } from "../../src/alert-rule.ts";
import { Notifier } from "../../src/notify/notifier.ts";
import type { NotifierOptions } from "../../src/notify/notifier-options.ts";
import { HttpReceiver } from "./http-receiver.ts";

const START = 1_800_000_000;
const HOUR = 3600;

let receiver: HttpReceiver;
let store: MemoryBackend;
let clock: ManualClock;
let instance: TestInstance;
let manager: AlertManager;

beforeEach(async () => {
  receiver = await new HttpReceiver().start();
  store = new MemoryBackend();
  clock = new ManualClock(START);
  instance = new TestInstance({ start: START, flushIntervalSeconds: 60 });
  const rule = new AlertRule({ name: "queue", metricPattern: "queue.size", warningThreshold: 10, window: "1m" });
  manager = new AlertManager({ reader: store, state: store, clock, rules: [rule] });
});
afterEach(() => receiver.stop());

const hook = (more: Partial<NotifierOptions> = {}): Notifier =>
  new Notifier({ name: "hook", type: "webhook", url: receiver.url, groupBy: ["lane"], ...more } as NotifierOptions);

/** A minute passes, with these queues at its end; then alerts are evaluated and notifiers told. Resolves to why it failed. */
const minute = async (queues: Readonly<Record<string, number>>, ...notifiers: readonly Notifier[]) => {
  const gauges = Object.entries(queues).map(([lane, size]) => gaugePoint("queue.size", size, { tags: { lane } }));
  store.writeSync(instance.flush(gauges));
  clock.advance(60);
  return (await manager.notify(await manager.evaluate(), notifiers)).map(({ reason }) => reason);
};

/** What was received, alert by alert: lane, status, and when it ended in seconds since the start. */
const received = (): string[] =>
  receiver.received.flatMap(({ body }) =>
    (body as { alerts: { status: string; endsAt: string; labels: { lane: string } }[] }).alerts.map((alert) => {
      const end = alert.status === "resolved" ? ` ${Date.parse(alert.endsAt) / 1000 - START}` : "";
      return `${alert.labels.lane} ${alert.status}${end}`;
    }),
  );

describe("a webhook that is away for hours", () => {
  it("is told on its return what still fires and what it knew of and has ended, and of nothing else", async () => {
    const notifier = hook();
    expect(await minute({ stays: 20, ends: 20, returns: 20 }, notifier)).toEqual([]);
    await receiver.stop();
    const reasons = new Set<string>();
    const stored: number[] = [];
    for (let passed = 0; passed < 3 * HOUR; passed += 60) {
      const queues = {
        stays: 20,
        ends: passed < HOUR ? 20 : 1,
        returns: passed < HOUR || passed > 2 * HOUR ? 20 : 1,
        begins: passed < 2 * HOUR ? 1 : 20,
        // One lane after another comes and goes.
        [`lane ${Math.floor(passed / 300)}`]: passed % 300 < 240 ? 20 : 1,
      };
      for (const reason of await minute(queues, notifier)) reasons.add(reason);
      const entries = [...(await store.list("alert/notified/")), ...(await store.list("alert/state/"))];
      stored.push(entries.reduce((size, { value }) => size + value.length, 0));
    }
    expect([...reasons]).toEqual([
      "no connection (ECONNREFUSED) (3 attempts)",
      "no connection (ECONNREFUSED) (1 attempt)",
    ]);
    // What is remembered does not grow with the hours.
    expect(stored.at(-1)).toBeLessThan(1.5 * Math.max(...stored.slice(60, 70)));
    await receiver.start();
    receiver.received.length = 0;
    const queues = { stays: 20, ends: 1, returns: 20, begins: 20 };
    expect(await minute(queues, notifier)).toEqual([]);
    // It knows that the others fire, and is reminded of them four hours after it was told.
    expect(received().sort()).toEqual(["begins firing", `ends resolved ${HOUR + 120}`]);
    for (let passed = 3 * HOUR; passed < 4 * HOUR; passed += 60) await minute(queues, notifier);
    expect(received().sort().slice(2)).toEqual(["returns firing", "stays firing"]);
    receiver.received.length = 0;
    await minute({ ...queues, stays: 1, returns: 1 }, notifier);
    const now = clock.now() - START;
    expect(received().sort()).toEqual([`returns resolved ${now}`, `stays resolved ${now}`]);
  });

  it("costs one attempt at each evaluation, however many groups there are to tell", async () => {
    const queues = Object.fromEntries(Array.from({ length: 20 }, (_, lane) => [`lane ${lane}`, 20]));
    receiver.answers.push(...Array.from({ length: 3 }, () => [503] as const));
    const notifier = hook();
    // One group is tried three times, and each of the others once.
    expect(await minute(queues, notifier)).toEqual(["it answered 503 not now (3 attempts)"]);
    expect(receiver.received).toHaveLength(3 + 19);
    await receiver.stop();
    const more = Object.fromEntries(Array.from({ length: 20 }, (_, lane) => [`more ${lane}`, 20]));
    expect(await minute({ ...queues, ...more }, notifier)).toEqual(["no connection (ECONNREFUSED) (3 attempts)"]);
    expect(await minute({ ...queues, ...more }, notifier)).toEqual(["no connection (ECONNREFUSED) (1 attempt)"]);
  });

  it("keeps nobody else from being told", async () => {
    const other = await new HttpReceiver().start();
    try {
      await receiver.stop();
      const second = new Notifier({ name: "second", type: "webhook", url: other.url });
      expect(await minute({ a: 20 }, hook(), second)).toEqual(["no connection (ECONNREFUSED) (3 attempts)"]);
      expect(other.received).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });
});

it("a claim further ahead than one lasts keeps nobody from telling: a clock was wrong", async () => {
  const key = 'alert/notified/hook/[["lane","a"]]';
  const claim = (ahead: number): string =>
    JSON.stringify({ groupLabels: { lane: "a" }, at: START, firing: [], claimedUntil: clock.now() + ahead });
  await store.compareAndSet(key, 0, claim(120));
  await minute({ a: 20 }, hook());
  expect(received()).toEqual([]);
  await store.compareAndSet(key, 1, claim(7200));
  await minute({ a: 20 }, hook());
  expect(received()).toEqual(["a firing"]);
});
