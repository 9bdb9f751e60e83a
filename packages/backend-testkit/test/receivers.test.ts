import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  answers,
  describeWith,
  eventually,
  type HttpReceiver,
  isInstalled,
  Receiver,
  startInfluxdb,
  startPrometheus,
  startVictoriaMetrics,
} from "../src/receivers/index.ts";

it("says what a server printed that does not start, and leaves no folder behind", async () => {
  const failing = Receiver.start({
    command: "sh",
    args: ["-c", "pwd; echo 'no such thing' >&2; exit 3"],
    ready: () => Promise.resolve(false),
  });
  const error = await failing.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error?.message).toMatch(/sh did not start: it ended with 3(.|\n)*no such thing/);
  const folder = /^\/.*giflab-receiver-.*$/m.exec(error!.message)?.[0];
  expect(folder).toBeDefined();
  expect(existsSync(folder!)).toBe(false);
});

it("knows what is installed", () => {
  expect(isInstalled("sh")).toBe(true);
  expect(isInstalled("no-such-command-anywhere")).toBe(false);
});

describeWith(["prometheus"], "a real Prometheus", () => {
  const page = createServer((_request, response) => response.end("# TYPE up_to gauge\nup_to 42\n"));
  let prometheus: HttpReceiver;
  beforeAll(async () => {
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const { port } = page.address() as AddressInfo;
    prometheus = await startPrometheus({ targets: [{ address: `127.0.0.1:${port}`, labels: { rack: "a" } }] });
  });
  afterAll(async () => {
    await prometheus?.receiver.stop();
    page.close();
  });

  it("scrapes the targets that it is given", async () => {
    const query = async () => {
      const response = await fetch(`${prometheus.url}/api/v1/query?query=up_to`);
      const { data } = (await response.json()) as { data: { result: { metric: object; value: [number, string] }[] } };
      return data.result;
    };
    await eventually(async () => (await query()).length > 0, { describe: () => prometheus.receiver.output });
    const [found] = await query();
    expect(found).toMatchObject({ metric: { job: "test", rack: "a" }, value: [expect.any(Number), "42"] });
  });
});

describeWith(["influxd"], "a real InfluxDB", () => {
  it("keeps its data when it is stopped and started again", async () => {
    const { receiver, url } = await startInfluxdb();
    await using _ = receiver;
    const post = (path: string, body: string) => fetch(url + path, { method: "POST", body });
    await fetch(`${url}/query?q=CREATE+DATABASE+d`, { method: "POST" });
    expect((await post("/write?db=d", "m v=1 1000000000")).status).toBe(204);
    await receiver.halt();
    expect(receiver.running).toBe(false);
    await receiver.start();
    const answer = await fetch(`${url}/query?db=d&q=SELECT+v+FROM+m`);
    expect(await answer.text()).toContain('"1970-01-01T00:00:01Z",1');
  });
});

describeWith(["victoria-metrics"], "a real VictoriaMetrics", () => {
  it("answers what it was sent", async () => {
    const { receiver, url } = await startVictoriaMetrics();
    await using _ = receiver;
    await fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body: "sent 7\n" });
    await eventually(async () => {
      await answers(`${url}/internal/force_flush`);
      const answer = await fetch(`${url}/api/v1/query?query=sent`);
      return (await answer.text()).includes('"7"');
    });
  });
});
