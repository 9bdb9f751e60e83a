import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gaugePoint, TestInstance } from "@giflab/backend-testkit";
import { MemoryBackend, systemClock } from "@giflab/metrics-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AlertManager } from "../../src/alert-manager.ts";
import { AlertRule } from "../../src/alert-rule.ts";
import { Notifier } from "../../src/notify/notifier.ts";

const required = process.env["GIFLAB_REQUIRE_RECEIVERS"] === "1";
const installed = (() => {
  try {
    execFileSync("prometheus-alertmanager", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!installed && !required) console.log("prometheus-alertmanager is not installed: left out");

describe.skipIf(!installed && !required)("a real Alertmanager", () => {
  let folder = "";
  let server: ChildProcess | undefined;
  let url = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "giflab-alertmanager-"));
    writeFileSync(join(folder, "config.yml"), "route: { receiver: none }\nreceivers: [{ name: none }]\n");
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const flags = [
      "--config.file=config.yml",
      "--storage.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ];
    server = spawn("prometheus-alertmanager", flags, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    await answering(`${url}/-/ready`, server);
  }, 30_000);
  afterAll(async () => {
    if (server?.exitCode === null) {
      const closed = new Promise((resolve) => server!.once("close", resolve));
      server.kill();
      await closed;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const alerts = async (): Promise<Record<string, unknown>[]> => {
    const response = await fetch(`${url}/api/v2/alerts`);
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
    const notifier = new Notifier({ name: "am", type: "alertmanager", url: `${url}/` }, { resendSeconds: 600 });
    const instance = new TestInstance({ start: systemClock.now() - 60, flushIntervalSeconds: 20 });
    const tell = async (size: number) => {
      store.writeSync(instance.flush([gaugePoint("queue.size", size, { tags: { lane: "a" } })]));
      expect(await manager.notify(await manager.evaluate(), [notifier])).toEqual([]);
    };
    await tell(30);
    const [first, ...more] = await alerts();
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
    const [again] = await alerts();
    expect(again).toMatchObject({
      startsAt: first!["startsAt"],
      fingerprint: first!["fingerprint"],
      annotations: { summary: "31 wait" },
    });
    await tell(1);
    expect(await alerts()).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Until it answers, or ends. */
async function answering(address: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject).once("close", (code) => reject(new Error(`alertmanager ended with ${code}: ${said}`)));
  });
  ended.catch(() => {});
  for (;;) {
    const answered = fetch(address)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (await Promise.race([answered, ended])) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
