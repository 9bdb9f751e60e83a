import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counterPoint, gaugePoint, TestInstance } from "@giflab/backend-testkit";
import { ManualClock, MemoryBackend } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager } from "../../src/alert-manager.ts";
import { AlertRule } from "../../src/alert-rule.ts";
import { Notifier } from "../../src/notify/notifier.ts";
import type { NotifierOptions } from "../../src/notify/notifier-options.ts";
import { postJson } from "../../src/notify/post-json.ts";
import { HttpReceiver } from "./http-receiver.ts";

const START = 1_800_000_000;
const RULE = new AlertRule({
  name: "queue",
  metricPattern: "queue.size",
  warningThreshold: 10,
  criticalThreshold: 20,
  messageTemplate: "queue of {tags.lane} is {value:.0f}",
  labels: { team: "images" },
  runbookUrl: "https://example.org/queue",
});

/** A program with queues by lane, whose alerts are evaluated minute by minute. */
class Program {
  readonly store = new MemoryBackend();
  readonly clock = new ManualClock(START);
  readonly instance = new TestInstance({ start: START, flushIntervalSeconds: 60 });
  readonly manager: AlertManager;

  constructor(rule: AlertRule = RULE) {
    this.manager = new AlertManager({ reader: this.store, state: this.store, clock: this.clock, rules: [rule] });
  }

  /** A minute passes, with these queues at its end; then alerts are evaluated and notifiers told. */
  async minute(queues: Readonly<Record<string, number>>, ...notifiers: readonly Notifier[]) {
    const gauges = Object.entries(queues).map(([lane, size]) => gaugePoint("queue.size", size, { tags: { lane } }));
    this.store.writeSync(this.instance.flush([counterPoint("minutes", 1), ...gauges]));
    this.clock.advance(60);
    const report = await this.manager.evaluate();
    return await this.manager.notify(report, notifiers);
  }
}

describe("a notifier", () => {
  let receiver: HttpReceiver;
  let folder = "";
  beforeEach(async () => {
    receiver = await new HttpReceiver().start();
    folder = mkdtempSync(join(tmpdir(), "giflab-notify-"));
    process.env["TEST_HOOK"] = receiver.url;
    process.env["TEST_TOKEN"] = "very secret";
  });
  afterEach(async () => {
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
    delete process.env["TEST_HOOK"];
    delete process.env["TEST_TOKEN"];
  });

  const webhook = (more: Partial<NotifierOptions> = {}): Notifier =>
    new Notifier({ name: "hook", type: "webhook", url: receiver.url, ...more } as NotifierOptions);
  const statuses = (): unknown[] => receiver.received.map(({ body }) => (body as { status: string }).status);

  it("sends Alertmanager's webhook payload, version 4", async () => {
    await new Program().minute({ a: 15, b: 25, c: 1 }, webhook());
    const [request, ...more] = receiver.received;
    expect(more).toEqual([]);
    const startsAt = new Date((START + 60) * 1000).toISOString();
    const alert = (lane: string, severity: string, size: number) => ({
      status: "firing",
      labels: { alertname: "queue", lane, metric: "queue.size", severity, team: "images" },
      annotations: { summary: `queue of ${lane} is ${size}`, runbook_url: "https://example.org/queue" },
      startsAt,
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "",
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(request!.body).toEqual({
      version: "4",
      groupKey: '[["alertname","queue"]]',
      truncatedAlerts: 0,
      status: "firing",
      receiver: "hook",
      groupLabels: { alertname: "queue" },
      commonLabels: { alertname: "queue", metric: "queue.size", team: "images" },
      commonAnnotations: { runbook_url: "https://example.org/queue" },
      externalURL: "",
      alerts: [alert("b", "critical", 25), alert("a", "warning", 15)],
    });
  });

  it("tells what is new and what has ended, once, and the rest every repeat interval", async () => {
    const program = new Program();
    const hook = webhook({ repeatInterval: "10m" });
    await program.minute({ a: 15 }, hook);
    for (let minute = 0; minute < 5; minute++) await program.minute({ a: 15 }, hook);
    expect(statuses()).toEqual(["firing"]);
    await program.minute({ a: 15, b: 15 }, hook);
    expect(statuses()).toEqual(["firing", "firing"]);
    for (let minute = 0; minute < 10; minute++) await program.minute({ a: 15, b: 15 }, hook);
    expect(statuses()).toHaveLength(3);
    await program.minute({ a: 1, b: 15 }, hook);
    const last = receiver.received.at(-1)!.body as {
      alerts: { status: string; labels: { lane: string }; endsAt: string }[];
    };
    expect(last.alerts.map(({ status, labels }) => [status, labels.lane])).toEqual([
      ["firing", "b"],
      ["resolved", "a"],
    ]);
    await program.minute({ a: 1, b: 1 }, hook);
    expect(statuses().at(-1)).toBe("resolved");
    await program.minute({ a: 1, b: 1 }, hook);
    expect(statuses()).toHaveLength(5);
  });

  it("counts a change of level as an end and a beginning", async () => {
    const program = new Program();
    await program.minute({ a: 15 }, webhook());
    await program.minute({ a: 25 }, webhook());
    const { alerts } = receiver.received[1]!.body as { alerts: { status: string; labels: { severity: string } }[] };
    expect(alerts.map(({ status, labels }) => [status, labels.severity])).toEqual([
      ["firing", "critical"],
      ["resolved", "warning"],
    ]);
  });

  it("tells of groups by what is asked for", async () => {
    await new Program().minute({ a: 15, b: 25, c: 30 }, webhook({ groupBy: ["level"] }));
    const groups = receiver.received.map(({ body }) => body as { groupLabels: object; alerts: unknown[] });
    expect(groups.map(({ groupLabels, alerts }) => [groupLabels, alerts.length])).toEqual([
      [{ severity: "critical" }, 2],
      [{ severity: "warning" }, 1],
    ]);
  });

  it("leaves out silenced alerts, does not remind of acknowledged ones, and tells again when a silence ends", async () => {
    const program = new Program();
    const hook = webhook({ repeatInterval: "1m" });
    await program.manager.silence({ rule: "queue", for: "150s" });
    await program.minute({ a: 15 }, hook);
    await program.minute({ a: 15 }, hook);
    expect(statuses()).toEqual([]);
    await program.minute({ a: 15 }, hook);
    expect(statuses()).toEqual(["firing"]);
    await program.manager.acknowledge({ rule: "queue" });
    await program.minute({ a: 15 }, hook);
    expect(statuses()).toEqual(["firing"]);
    await program.minute({ a: 1 }, hook);
    expect(statuses()).toEqual(["firing", "resolved"]);
  });

  it("tells only of the rules that name it, when a rule names some", async () => {
    const rule = new AlertRule({
      name: "queue",
      metricPattern: "queue.size",
      warningThreshold: 10,
      notifiers: ["other"],
    });
    const program = new Program(rule);
    await program.minute({ a: 15 }, webhook());
    expect(statuses()).toEqual([]);
    await program.minute({ a: 15 }, webhook({ name: "other" }));
    expect(statuses()).toEqual(["firing"]);
  });

  it("tells once however many processes evaluate", async () => {
    const program = new Program();
    await program.minute({ a: 15 });
    const report = await program.manager.evaluate();
    await Promise.all([1, 2, 3, 4].map(() => program.manager.notify(report, [webhook()])));
    expect(statuses()).toEqual(["firing"]);
  });

  it("tries again with the next evaluation what could not be told, and says why without the address", async () => {
    const program = new Program();
    const hook = webhook({ url: "$".concat("{TEST_HOOK}") } as Partial<NotifierOptions>);
    receiver.answers.push([403]);
    const failures = await program.minute({ a: 15 }, hook);
    expect(failures).toEqual([{ notifier: "hook", reason: "it answered 403 not now (1 attempt)" }]);
    expect(JSON.stringify(failures)).not.toContain("127.0.0.1");
    expect(await program.minute({ a: 15 }, hook)).toEqual([]);
    expect(statuses()).toEqual(["firing", "firing"]);
    await program.minute({ a: 15 }, hook);
    expect(statuses()).toHaveLength(2);
    const other = await new HttpReceiver().start();
    const gone = other.url;
    await other.stop();
    expect(await program.minute({ a: 15, b: 15 }, webhook({ url: gone } as Partial<NotifierOptions>))).toEqual([
      { notifier: "hook", reason: "no connection (ECONNREFUSED) (3 attempts)" },
    ]);
  });

  it("posts again after a pause where that can help, as long as the server asks", async () => {
    const pauses: number[] = [];
    const wait = async (ms: number): Promise<void> => void pauses.push(ms);
    receiver.answers.push([503], [429, { "Retry-After": "2" }]);
    await postJson(receiver.url, {}, { timeoutSeconds: 5, wait });
    receiver.answers.push([500], [500, { "Retry-After": "3600" }], [502]);
    await expect(postJson(receiver.url, {}, { timeoutSeconds: 5, wait })).rejects.toThrow(
      "it answered 502 not now (3 attempts)",
    );
    expect(pauses).toEqual([500, 2000, 500, 5000]);
    expect(receiver.received).toHaveLength(6);
  });

  it("writes for Slack, escaped", async () => {
    const slack = new Notifier({ name: "slack", type: "slack", url: "$".concat("{TEST_HOOK}") });
    await new Program().minute({ "<a&b>": 15 }, slack);
    expect(receiver.received[0]!.body).toEqual({
      text: "*1 firing: queue*\nwarning: queue of &lt;a&amp;b&gt; is 15 (https://example.org/queue)",
    });
  });

  it("sends headers with secrets from the environment", async () => {
    await new Program().minute(
      { a: 15 },
      webhook({ headers: { Authorization: "Bearer ".concat("$", "{TEST_TOKEN}") } } as Partial<NotifierOptions>),
    );
    expect(receiver.received[0]!.headers).toMatchObject({
      authorization: "Bearer very secret",
      "content-type": "application/json",
    });
  });

  it("appends to a log, and runs a program with the payload on its stdin", async () => {
    const log = new Notifier({ name: "log", type: "log", path: join(folder, "alerts.log") });
    const out = join(folder, "out.json");
    const script = `const fs=require("fs");fs.writeFileSync(${JSON.stringify(out)}, JSON.stringify([process.env.GIFLAB_ALERT_STATUS, process.env.GIFLAB_ALERT_TITLE, JSON.parse(fs.readFileSync(0,"utf8")).receiver]))`;
    const exec = new Notifier({ name: "exec", type: "exec", command: [process.execPath, "-e", script] });
    const program = new Program();
    expect(await program.minute({ a: 15 }, log, exec)).toEqual([]);
    await program.minute({ a: 1 }, log);
    const lines = readFileSync(join(folder, "alerts.log"), "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { status: string }).status)).toEqual(["firing", "resolved"]);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(["firing", "1 firing: queue", "exec"]);
    const failing = new Notifier({
      name: "bad",
      type: "exec",
      command: [process.execPath, "-e", "console.error('no route'); process.exit(3)"],
    });
    const missing = new Notifier({ name: "gone", type: "exec", command: ["/no/such/program"] });
    expect(await program.minute({ a: 15 }, failing, missing)).toEqual([
      { notifier: "bad", reason: `${process.execPath} ended with 3: no route` },
      { notifier: "gone", reason: expect.stringContaining("ENOENT") },
    ]);
  });

  it.each([
    [
      { name: "x", type: "slack", url: "https://hooks.example.org/T0/B0/key" },
      /url of a Slack webhook is a secret: write \$\{NAME\}/,
    ],
    [{ name: "x", type: "webhook", url: "https://me:pass@example.org" }, /url holds a password/],
    [
      { name: "x", type: "webhook", url: "https://example.org", headers: { "X-Api-Key": "abc" } },
      /headers\.X-Api-Key is a secret/,
    ],
    [
      { name: "x", type: "webhook", url: 7 },
      /url must be an address, or \$\{NAME\} for one that the environment holds$/,
    ],
    [{ name: "x", type: "pager" }, /type must be one of console, log, webhook, slack, alertmanager, exec/],
    [{ name: "x", type: "exec", command: [] }, /command must be a program with its arguments/],
    [{ type: "console" }, /name is missing/],
    [{ name: "x", type: "console", repeatIntervall: 5 }, /unknown option repeatIntervall: did you mean repeatInterval/],
    [
      { name: "x", type: "slack", url: "$".concat("{NO_SUCH_VARIABLE}") },
      /needs the environment variable NO_SUCH_VARIABLE, which is not set/,
    ],
  ])("refuses %j", (options, message) => {
    expect(() => new Notifier(options as NotifierOptions)).toThrow(message);
  });
});
