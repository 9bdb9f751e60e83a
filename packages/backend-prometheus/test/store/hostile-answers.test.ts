import type { ServerResponse } from "node:http";
import { freePort } from "@giflab/backend-testkit/receivers";
import type { MetricsErrorCode } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { PrometheusStore } from "../../src/store/index.ts";
import { ApiServer, smallApi, succeed } from "./api-server.ts";

const WINDOW = { from: 1000, to: 1600 };

/** Every way in which an answer can be none. */
const ANSWERS: readonly (readonly [string, (response: ServerResponse) => void, MetricsErrorCode, RegExp])[] = [
  [
    "a web page",
    (to) => to.setHeader("content-type", "text/html").end("<h1>Grafana</h1>"),
    "STORE_FOREIGN",
    /does not speak the Prometheus API.*before \/api\/v1/,
  ],
  ["404", (to) => to.writeHead(404).end("404 page not found"), "STORE_FOREIGN", /answers 404/],
  [
    "JSON that is cut off",
    (to) => to.setHeader("content-type", "application/json").end('{"status":"succ'),
    "BACKEND_UNAVAILABLE",
    /cut off or no JSON \(15 characters\)/,
  ],
  [
    "a connection that breaks",
    (to) => void to.writeHead(200, { "content-length": 1000 }).write("{", () => to.destroy()),
    "BACKEND_UNAVAILABLE",
    /cannot reach/,
  ],
  [
    "other JSON",
    (to) => to.setHeader("content-type", "application/json").end('{"ok":true}'),
    "STORE_FOREIGN",
    /does not speak/,
  ],
  [
    "success without the data asked for",
    (to) => succeed(to, { resultType: "scalar", result: [1, "2"] }),
    "BACKEND_UNAVAILABLE",
    /something else \(no/,
  ],
  [
    "data of the wrong shape",
    (to) => succeed(to, { resultType: "vector", result: [null] }),
    "BACKEND_UNAVAILABLE",
    /something else/,
  ],
  ["401", (to) => to.writeHead(401).end(), "ACCESS_DENIED", /denies access \(401\): give a token/],
  ["403", (to) => to.writeHead(403).end("<html>"), "ACCESS_DENIED", /denies access \(403\)/],
  ["503", (to) => to.writeHead(503).end("starting"), "BACKEND_UNAVAILABLE", /cannot answer now \(503\): try again/],
  ["429", (to) => to.writeHead(429).end("{}"), "BACKEND_UNAVAILABLE", /cannot answer now \(429\)/],
  [
    "a query that is refused",
    (to) => to.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse error"}'),
    "INVALID_QUERY",
    /refuses the query \(400\): parse error/,
  ],
  [
    "more than the server allows",
    (to) =>
      to.writeHead(422).end('{"status":"error","error":"query processing would load too many samples into memory"}'),
    "INVALID_QUERY",
    /fewer metrics.*or a shorter window/,
  ],
];

describe("the Prometheus store", () => {
  it.each(ANSWERS)("turns %s into an error that says what to do", async (_name, answer, code, message) => {
    await using server = await ApiServer.start((_request, response) => answer(response));
    const store = new PrometheusStore({ url: server.url });
    const failed = store.summaries(WINDOW);
    await expect(failed).rejects.toMatchObject({ name: "MetricsError", code });
    await expect(failed).rejects.toThrow(message);
  });

  it("says that nobody answers at an address, or not in time", async () => {
    const nobody = new PrometheusStore({ url: `http://127.0.0.1:${await freePort()}` });
    await expect(nobody.summaries(WINDOW)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(nobody.summaries(WINDOW)).rejects.toThrow(
      /cannot reach http:\/\/127.0.0.1:\d+ \(ECONNREFUSED\): is it running/,
    );
    await using server = await ApiServer.start(() => {});
    const slow = new PrometheusStore({ url: server.url, timeoutSeconds: 0.1 });
    await expect(slow.summaries(WINDOW)).rejects.toThrow(/did not answer within 0.1 s: try a shorter window/);
  });

  it("does not take in an answer without end, and asks for it in halves of the window first", async () => {
    const windows: string[] = [];
    const endless = (response: ServerResponse): void => {
      response.setHeader("content-type", "application/json");
      const more = (): void => {
        while (response.write(" ".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    };
    await using server = await ApiServer.start(
      smallApi((query, _request, response) => {
        if (!query.includes("hits_total")) return [];
        windows.push(query.slice(query.indexOf("[")));
        return void endless(response);
      }),
    );
    const store = new PrometheusStore({ url: server.url, maxAnswerMb: 1 });
    const failed = store.summaries(WINDOW);
    await expect(failed).rejects.toMatchObject({ code: "INVALID_QUERY" });
    await expect(failed).rejects.toThrow(/larger than 1 MB: ask for fewer metrics/);
    expect(windows.slice(0, 3)).toEqual(["[1260000ms]", "[630000ms]", "[315000ms]"]);
    expect(windows.length).toBeLessThan(10);
  });

  it("reads what the server allows only in parts, with the same result", async () => {
    const samples = Array.from({ length: 126 }, (_, i) => [350 + i * 10, String(i * i)] as const);
    let parts = 0;
    await using server = await ApiServer.start(
      smallApi((query, { parameters }, response) => {
        const [, seconds] = /\[(\d+)ms\]$/.exec(query)!.map((text) => Number(text) / 1000);
        const to = Number(parameters.get("time"));
        const values = samples.filter(([time]) => time >= to - seconds! && time <= to);
        if (!query.includes("hits_total"))
          return [{ metric: { __name__: "up", job: "a" }, values: values.map(([time]) => [time, "1"]) }];
        if (values.length > 40) {
          response.writeHead(422).end('{"status":"error","error":"exceeds maximum samples"}');
          return undefined;
        }
        parts++;
        return [{ metric: { __name__: "hits_total", job: "a" }, values }];
      }),
    );
    const [hits] = await new PrometheusStore({ url: server.url }).summaries({ ...WINDOW, match: "hits_total" });
    expect(parts).toBeGreaterThan(2);
    // From the sample at 1000 (65 squared) to the one at 1600.
    expect(hits).toMatchObject({ sum: 125 * 125 - 65 * 65, count: 60, covered: 600 });
  });

  it("reads no more than maxSamples", async () => {
    const values = Array.from({ length: 1200 }, (_, i) => [1000 + i / 2, "1"]);
    await using server = await ApiServer.start(smallApi(() => [{ metric: { __name__: "hits_total" }, values }]));
    const store = new PrometheusStore({ url: server.url, maxSamples: 1000 });
    await expect(store.summaries(WINDOW)).rejects.toThrow(
      /more than maxSamples \(1000\) samples: ask for fewer metrics/,
    );
  });

  it("passes on what the server warns of, once", async () => {
    await using server = await ApiServer.start((_request, response) =>
      succeed(response, { resultType: "vector", result: [] }, { warnings: ["store 2 is away"], isPartial: true }),
    );
    const warnings: string[] = [];
    const store = new PrometheusStore({ url: server.url, onWarning: (message) => warnings.push(message) });
    await store.summaries(WINDOW).catch(() => {});
    expect(warnings).toEqual([
      expect.stringMatching(/warns: store 2 is away$/),
      expect.stringMatching(/warns: the answer is partial/),
    ]);
  });

  it("sends what it is told to send, and long queries in the body", async () => {
    await using server = await ApiServer.start(smallApi(() => []));
    const headers = { "X-Scope-OrgID": "team" };
    const url = `${server.url.replace("http://", "http://me:p%40ss@")}/prometheus/`;
    const labels = { cluster: "e".repeat(2000) };
    await new PrometheusStore({ url, headers, labels }).summaries(WINDOW);
    for (const { headers: sent } of server.requests) {
      expect(sent).toMatchObject({ "x-scope-orgid": "team", authorization: `Basic ${btoa("me:p@ss")}` });
    }
    const query = server.requests.find(({ path }) => path === "query");
    expect(query).toMatchObject({ method: "POST" });
    expect(query!.parameters.get("query")).toContain(`cluster="eee`);
  });

  it("answers nothing after it is closed, and breaks off what is under way", async () => {
    await using server = await ApiServer.start(() => {});
    const store = new PrometheusStore({ url: server.url });
    const pending = store.stats();
    const failed = expect(pending).rejects.toMatchObject({ code: "CLOSED" });
    await store.close();
    await failed;
    await expect(store.summaries(WINDOW)).rejects.toMatchObject({ code: "CLOSED" });
  });
});
