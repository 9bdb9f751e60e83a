import { gaugePoint, TestInstance } from "@giflab/backend-testkit";
import {
  describeWith,
  eventually,
  type HttpReceiver as Server,
  startAlertmanager,
} from "@giflab/backend-testkit/receivers";
import { ManualClock, MemoryBackend, systemClock } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AlertManager } from "../../src/alert-manager.ts";
import { AlertRule } from "../../src/alert-rule.ts";
import { Notifier } from "../../src/notify/notifier.ts";
import { HttpReceiver } from "./http-receiver.ts";

describeWith(["prometheus-alertmanager"], "a real Alertmanager", () => {
  let server: Server;
  let people: HttpReceiver;
  beforeAll(async () => {
    people = await new HttpReceiver().start();
    server = await startAlertmanager({ webhook: people.url });
  }, 30_000);
  afterAll(async () => {
    await server?.receiver.stop();
    await people.stop();
  });

  const alerts = async (rule: string): Promise<Record<string, unknown>[]> => {
    const response = await fetch(`${server.url}/api/v2/alerts?filter=alertname=${rule}`);
    return (await response.json()) as Record<string, unknown>[];
  };

  it("takes alerts with labels, annotations and times, keeps them while they are sent again, and lets go of those that ended", async () => {
    const store = new MemoryBackend();
    const rule = new AlertRule({
      name: "queue",
      metricPattern: "queue.size",
      criticalThreshold: 20,
      labels: { "team.name": "images" },
      runbookUrl: "https://example.org/queue",
      messageTemplate: "{value:.0f} wait",
    });
    const manager = new AlertManager({ reader: store, state: store, rules: [rule] });
    const notifier = new Notifier({ name: "am", type: "alertmanager", url: `${server.url}/` }, { resendSeconds: 600 });
    const instance = new TestInstance({ start: systemClock.now() - 60, flushIntervalSeconds: 20 });
    const tell = async (size: number) => {
      store.writeSync(instance.flush([gaugePoint("queue.size", size, { tags: { lane: "a" } })]));
      expect(await manager.notify(await manager.evaluate(), [notifier])).toEqual([]);
    };
    await tell(30);
    const [first, ...more] = await alerts("queue");
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      labels: { alertname: "queue", severity: "critical", metric: "queue.size", lane: "a", team_name: "images" },
      annotations: { summary: "30 wait", runbook_url: "https://example.org/queue" },
      status: { state: "active" },
    });
    const endsAt = Date.parse(String(first!["endsAt"])) / 1000;
    // Four evaluations may fail before it counts as over.
    expect(endsAt - systemClock.now()).toBeGreaterThan(2000);
    await tell(31);
    const [again] = await alerts("queue");
    expect(again).toMatchObject({
      startsAt: first!["startsAt"],
      fingerprint: first!["fingerprint"],
      annotations: { summary: "31 wait" },
    });
    await tell(1);
    expect(await alerts("queue")).toEqual([]);
  });

  it("that is down for hours is told on its return what still fires and what has ended, and tells people so", async () => {
    const HOUR = 3600;
    const store = new MemoryBackend();
    // It takes the present for what it is, so the hours must end there.
    const clock = new ManualClock(systemClock.now() - 4 * HOUR);
    const instance = new TestInstance({ start: clock.now(), flushIntervalSeconds: 60 });
    const rule = new AlertRule({ name: "lanes", metricPattern: "queue.size", warningThreshold: 10, window: "1m" });
    const manager = new AlertManager({ reader: store, state: store, clock, rules: [rule] });
    const notifier = new Notifier({ name: "am", type: "alertmanager", url: server.url }, { resendSeconds: HOUR });
    const minute = async (queues: Readonly<Record<string, number>>): Promise<readonly string[]> => {
      const gauges = Object.entries(queues).map(([lane, size]) => gaugePoint("queue.size", size, { tags: { lane } }));
      store.writeSync(instance.flush(gauges));
      clock.advance(60);
      return (await manager.notify(await manager.evaluate(), [notifier])).map(({ reason }) => reason);
    };
    const lanes = async (): Promise<unknown[]> =>
      (await alerts("lanes")).map(({ labels }) => (labels as { lane: string }).lane).sort();
    /** What people know: the last that Alertmanager has told them of each lane. */
    const known = (): Record<string, string> =>
      Object.fromEntries(
        people.received.flatMap(({ body }) =>
          (body as { alerts: { status: string; labels: { alertname: string; lane: string } }[] }).alerts.flatMap(
            ({ status, labels }) => (labels.alertname === "lanes" ? [[labels.lane, status]] : []),
          ),
        ),
      );

    expect(await minute({ stays: 20, ends: 20, begins: 1, passes: 1 })).toEqual([]);
    expect(await lanes()).toEqual(["ends", "stays"]);
    await eventually(() => Object.keys(known()).length === 2, { describe: () => JSON.stringify(known()) });
    await server.receiver.halt();
    const reasons = new Set<string>();
    const stored: number[] = [];
    for (let passed = 60; passed < 4 * HOUR; passed += 60) {
      const queues = {
        stays: 20,
        ends: passed < HOUR ? 20 : 1,
        begins: passed < 2 * HOUR ? 1 : 20,
        passes: passed < HOUR || passed > 2 * HOUR ? 1 : 20,
      };
      for (const reason of await minute(queues)) reasons.add(reason);
      stored.push((await store.list("alert/notified/")).length);
    }
    const refused = "no connection (ECONNREFUSED)";
    expect([...reasons]).toEqual([`${refused} (3 attempts)`, `${refused} (1 attempt)`]);
    expect(new Set(stored)).toEqual(new Set([1]));

    await server.receiver.start();
    expect(await lanes()).toEqual([]);
    expect(await minute({ stays: 20, ends: 1, begins: 20, passes: 1 })).toEqual([]);
    expect(await lanes()).toEqual(["begins", "stays"]);
    const now = { stays: "firing", begins: "firing", ends: "resolved" };
    await eventually(
      () => JSON.stringify(Object.entries(known()).sort()) === JSON.stringify(Object.entries(now).sort()),
      {
        describe: () => JSON.stringify(known()),
      },
    );
  }, 60_000);
});
