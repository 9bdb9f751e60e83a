import { InfluxdbBackend, type InfluxdbOptions } from "@giflab/backend-influxdb";
import { counterPoint, ManualClock, snapshotOf, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LineReceiver } from "./line-receiver.ts";

describe("InfluxdbBackend", () => {
  let receiver: LineReceiver;
  const opened: InfluxdbBackend[] = [];
  beforeEach(async () => {
    receiver = await LineReceiver.listen();
  });
  afterEach(async () => {
    for (const backend of opened.splice(0)) await backend.close();
    await receiver[Symbol.asyncDispose]();
  });

  function open(options: InfluxdbOptions) {
    const warnings: string[] = [];
    const dropped: [points: number, why: string][] = [];
    const backend = new InfluxdbBackend({
      url: receiver.url,
      onWarning: (message) => warnings.push(message),
      ...options,
    });
    backend.attach({ deliver: async () => {}, dropped: (points, why) => dropped.push([points, why]) });
    opened.push(backend);
    return { backend, warnings, dropped };
  }
  const counters = (count: number) => Array.from({ length: count }, (_, i) => counterPoint(`c${i}`, i + 0.5));
  /** Without what is written beside the metrics. */
  const metricLines = (lines: readonly string[]) => lines.filter((line) => !/^giflab[._]/.test(line));

  it("writes to version 1 with database, retention policy, consistency and basic authorisation", async () => {
    const { backend } = open({
      database: "my db&x",
      retentionPolicy: "week",
      consistency: "quorum",
      username: "ann",
      password: "s3cret:ü",
    });
    await backend.write(snapshotOf({ points: counters(1) }));
    const [request] = receiver.requests;
    const url = new URL(request!.path, receiver.url);
    expect(url.pathname).toBe("/write");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      precision: "ns",
      db: "my db&x",
      rp: "week",
      consistency: "quorum",
    });
    const [, basic] = request!.headers.authorization!.split("Basic ");
    expect(Buffer.from(basic!, "base64").toString()).toBe("ann:s3cret:ü");
  });

  it("writes to version 2 with bucket, organisation and token, behind a path of the address", async () => {
    const { backend } = open({ url: `${receiver.url}/influx/`, bucket: "b", org: "acme", token: "t0k" });
    await backend.write(snapshotOf({ points: counters(1) }));
    const [request] = receiver.requests;
    const url = new URL(request!.path, receiver.url);
    expect(url.pathname).toBe("/influx/api/v2/write");
    expect(Object.fromEntries(url.searchParams)).toEqual({ precision: "ns", bucket: "b", org: "acme" });
    expect(request!.headers.authorization).toBe("Token t0k");
  });

  it("compresses requests that are large, unless told not to", async () => {
    const large = snapshotOf({ points: counters(50) });
    for (const gzip of [true, false]) {
      const { backend } = open({ database: "d", gzip });
      await backend.write(large);
    }
    expect(receiver.requests.map(({ headers }) => headers["content-encoding"])).toEqual(["gzip", undefined]);
    expect(receiver.requests[0]!.lines).toEqual(receiver.requests[1]!.lines);
  });

  it("sends batches within both limits, which together hold every line once", async () => {
    const snapshot = snapshotOf({ points: [...counters(100), timerPoint("load", [0.001, 0.2])] });
    for (const limits of [{ batchLines: 30 }, { batchBytes: 10_000 }]) {
      receiver.requests.length = 0;
      const { backend } = open({ database: "d", ...limits });
      await backend.write(snapshot);
      expect(receiver.requests.length).toBeGreaterThan(1);
      for (const { lines } of receiver.requests) {
        expect(lines.length).toBeLessThanOrEqual(limits.batchLines ?? Number.POSITIVE_INFINITY);
        expect(Buffer.byteLength(lines.join("\n"))).toBeLessThanOrEqual(limits.batchBytes ?? Number.POSITIVE_INFINITY);
      }
      expect(new Set(receiver.lines).size).toBe(receiver.lines.length);
      expect(metricLines(receiver.lines)).toHaveLength(100 + 1 + 26);
    }
  });

  it("goes on after a failure with the batch that has no answer, and with the same totals and timestamps", async () => {
    const instance = new TestInstance();
    const { backend } = open({ database: "d", batchLines: 10 });
    await backend.write(instance.flush(counters(15)));
    receiver.requests.length = 0;
    receiver.answers.push({ status: 204 }, "lost", { status: 503 }, { status: 204 });
    const snapshot = instance.flush(counters(15));
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await backend.write(snapshot);
    const [first, lost, refused, accepted] = receiver.requests.map(({ lines }) => lines);
    expect(receiver.requests).toHaveLength(4);
    expect(lost).toEqual(refused);
    expect(refused).toEqual(accepted);
    expect(metricLines([...first!, ...accepted!])).toHaveLength(15);
    expect(first).toContainEqual(expect.stringMatching(/^c1,.* delta=1.5,total=3 1700000020000000000$/));
  });

  it("writes a snapshot that comes again after its acknowledgement no second time", async () => {
    const { backend } = open({ database: "d" });
    const snapshot = snapshotOf({ points: counters(3) });
    await backend.write(snapshot);
    await backend.write(snapshot);
    expect(receiver.requests).toHaveLength(1);
  });

  it("leaves a server alone as long as Retry-After says, but no longer than five minutes", async () => {
    const clock = new ManualClock(1_700_000_000);
    const { backend } = open({ database: "d", clock });
    const snapshot = snapshotOf({ points: counters(1) });
    receiver.answers.push(
      { status: 429, headers: { "retry-after": "30" } },
      { status: 503, headers: { "retry-after": new Date((1_700_000_000 + 86_400) * 1000).toUTCString() } },
    );
    await expect(backend.write(snapshot)).rejects.toThrow(/429/);
    clock.advance(29);
    await expect(backend.write(snapshot)).rejects.toThrow(/asks to be left alone for 1 more seconds/);
    expect(receiver.requests).toHaveLength(1);
    clock.advance(1);
    await expect(backend.write(snapshot)).rejects.toThrow(/503/);
    clock.advance(299.5);
    await expect(backend.write(snapshot)).rejects.toThrow(/left alone/);
    clock.advance(0.5);
    await backend.write(snapshot);
    expect(receiver.requests).toHaveLength(3);
  });

  it.each([
    [413, "<html>Request Entity Too Large</html>"],
    [400, '{"code":"invalid","message":"unable to parse: invalid field format"}'],
    [422, '{"code":"unprocessable entity","message":"timestamp outside of retention"}'],
  ])("counts a batch that is refused with %i, says why, and goes on with the next", async (status, body) => {
    const { backend, dropped } = open({ database: "d", batchLines: 10 });
    receiver.answers.push({
      status,
      body,
      headers: { "content-type": body.startsWith("{") ? "application/json" : "text/html" },
    });
    await backend.write(snapshotOf({ points: counters(15) }));
    const [refused, ...accepted] = receiver.requests;
    const lost = metricLines(refused!.lines).length;
    expect(backend.rejectedLines).toBe(refused!.lines.length);
    expect(dropped).toEqual([[lost, expect.stringMatching(new RegExp(`refused 10 lines: ${status} `))]]);
    expect(metricLines(accepted.flatMap(({ lines }) => lines))).toHaveLength(15 - lost);
  });

  it.each([
    ["as version 1 counts them", '{"error":"partial write: field type conflict: input field dropped=2"}', 2],
    [
      "lines that it could not read",
      `{"error":"partial write: unable to parse 'a': x\\nunable to parse 'b': y dropped=1"}`,
      3,
    ],
    ["as version 3 lists them", '{"error":"partial write of line protocol occurred","data":[{"line_number":2}]}', 1],
  ])("counts of a partial write only what the server left out, %s", async (_, body, lost) => {
    const { backend, dropped } = open({ database: "d" });
    receiver.answers.push({ status: 400, body, headers: { "content-type": "application/json" } });
    await backend.write(snapshotOf({ points: counters(15) }));
    expect(backend.rejectedLines).toBe(lost);
    expect(dropped).toEqual([[lost, expect.stringContaining("partial write")]]);
  });

  it("takes lines that wait for a node of a cluster for accepted, and a write that some nodes lack for one to try again", async () => {
    const { backend, dropped } = open({ database: "d" });
    receiver.answers.push({ status: 500, body: '{"error":"write failed: hinted handoff queue not empty"}' });
    await backend.write(snapshotOf({ points: counters(1) }));
    receiver.answers.push({ status: 500, body: '{"error":"partial write"}' });
    const snapshot = snapshotOf({ points: counters(1) });
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await backend.write(snapshot);
    expect(dropped).toEqual([]);
  });

  it("takes a page that some other server shows for no acknowledgement", async () => {
    const { backend } = open({ database: "d" });
    receiver.answers.push({ status: 200, body: "<html>Welcome</html>", headers: { "content-type": "text/html" } });
    await expect(backend.write(snapshotOf())).rejects.toThrow(
      /answered instead of 204; is url the address of an InfluxDB\?/,
    );
  });

  it("says what somebody must put right also when it is not the first failure, once, and again after it was well", async () => {
    const { backend, warnings } = open({ bucket: "b", token: "t0k3n" });
    const snapshot = snapshotOf({ points: counters(1) });
    const denied = { status: 401, body: '{"code":"unauthorized","message":"unauthorized access"}' };
    receiver.answers.push({ status: 503 }, denied, denied, { status: 204 }, denied, denied);
    await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(warnings).toEqual([]);
    for (let i = 0; i < 2; i++) await expect(backend.write(snapshot)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    expect(warnings).toEqual([
      expect.stringMatching(/401 .*unauthorized access.*; give a token that may write to "b"/),
    ]);
    await backend.write(snapshot);
    const later = snapshotOf({ points: counters(1) });
    for (let i = 0; i < 2; i++) await expect(backend.write(later)).rejects.toThrow();
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toContain("t0k3n");
  });

  it("gives up on a server that does not answer in time, and says so", async () => {
    const { backend } = open({ database: "d", timeoutMs: 100 });
    receiver.answers.push("hang");
    await expect(backend.write(snapshotOf())).rejects.toThrow(/no answer within 100 ms/);
  });

  it("says which address cannot be reached", async () => {
    const { backend } = open({ url: "http://127.0.0.1:9", database: "d" });
    await expect(backend.write(snapshotOf())).rejects.toThrow("InfluxDB at http://127.0.0.1:9: connect ECONNREFUSED");
  });

  it("ends what is under way when it is closed", async () => {
    const { backend } = open({ database: "d" });
    receiver.answers.push("hang");
    const writing = backend.write(snapshotOf());
    const ended = expect(writing).rejects.toMatchObject({ code: "CLOSED" });
    while (receiver.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await backend.close();
    await ended;
  });
});
