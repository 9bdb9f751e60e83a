import { describe, expect, it } from "vitest";
import { type InfluxdbOptions, resolveInfluxdbOptions } from "../src/influxdb-options.ts";

const resolve = (options: object, environment: Record<string, string> = {}) =>
  resolveInfluxdbOptions(options as InfluxdbOptions, environment);

describe("options of the InfluxDB backend", () => {
  it("are those of version 1 with a database, and of version 2 with a bucket", () => {
    expect(resolve({ database: "d" })).toMatchObject({
      url: "http://127.0.0.1:8086",
      target: { version: 1, database: "d", createDatabase: false, username: undefined },
      gzip: true,
      timeoutMs: 10_000,
      batch: { lines: 2500, bytes: 1_000_000 },
    });
    expect(resolve({ bucket: "b", token: "t" })).toMatchObject({
      target: { version: 2, bucket: "b", org: "", token: "t" },
    });
  });

  it("come from the environment where they are not given", () => {
    const one = { INFLUX_URL: "https://x/y/", INFLUX_DATABASE: "d", INFLUX_USERNAME: "u", INFLUX_PASSWORD: "p" };
    expect(resolve({}, one)).toMatchObject({
      url: "https://x/y",
      target: { version: 1, database: "d", username: "u", password: "p" },
    });
    const two = { INFLUX_BUCKET: "b", INFLUX_ORG: "o", INFLUX_TOKEN: "t" };
    expect(resolve({}, two)).toMatchObject({ target: { version: 2, bucket: "b", org: "o", token: "t" } });
    expect(resolve({ database: "mine", username: "me" }, { ...one, ...two })).toMatchObject({
      target: { version: 1, database: "mine", username: "me", password: "p" },
    });
    expect(resolve({ org: "mine" }, { ...two, INFLUX_URL: "" })).toMatchObject({
      target: { org: "mine", bucket: "b" },
    });
  });

  it.each<[string, object, Record<string, string>, string]>([
    ["nothing to write to", {}, {}, "give database (InfluxDB 1) or bucket, org and token"],
    [
      "both versions",
      { database: "d", bucket: "b" },
      {},
      "database belongs to InfluxDB 1 and bucket to InfluxDB 2 and 3",
    ],
    [
      "both versions in the environment",
      {},
      { INFLUX_DATABASE: "d", INFLUX_BUCKET: "b" },
      "set one, or give an option",
    ],
    ["a token without a bucket", { token: "t" }, {}, "bucket is missing"],
    ["a user without a database", { username: "u" }, {}, "database is missing"],
    ["a password without a user", { database: "d", password: "p" }, {}, "password needs a username"],
    ["a misspelt option", { database: "d", usrname: "u" }, {}, "there is no option usrname; did you mean username?"],
    ["an empty database", { database: " " }, {}, 'database must be text that is not empty, got " "'],
    ["no address", { database: "d", url: "influx:8086" }, {}, "url must be like http://127.0.0.1:8086"],
    ["a query in the address", { database: "d", url: "http://a/?db=x" }, {}, 'got "http://a/?db=x"'],
    ["a consistency that is none", { database: "d", consistency: "most" }, {}, 'any, one, quorum, all, got "most"'],
    [
      "a time out of range",
      { database: "d", timeoutMs: 0 },
      {},
      "timeoutMs must be a whole number from 100 to 300000, got 0",
    ],
    [
      "a batch that is no number",
      { database: "d", batchLines: "9" },
      {},
      'batchLines must be a whole number from 1 to 100000, got "9"',
    ],
    ["gzip that is no choice", { database: "d", gzip: "no" }, {}, 'gzip must be true or false, got "no"'],
    [
      "bucket fields that are none",
      { database: "d", bucketFields: "few" },
      {},
      'bucketFields must be "all" or "count", got "few"',
    ],
    ["bounds that do not rise", { database: "d", buckets: { "*": [2, 1] } }, {}, "rising bounds, got [2,1]"],
    [
      "bounds of no metric",
      { database: "d", buckets: [1, 2] },
      {},
      'buckets must be false or like { "http.*": [0.1, 0.5, 1]',
    ],
    [
      "an empty tag",
      { database: "d", tags: { region: "" } },
      {},
      'tags must be texts that are not empty, like { region: "eu" }, got {"region":""}',
    ],
    ["a tag of ours", { database: "d", tags: { host: "x" } }, {}, "tags must not hold host"],
  ])("are refused for %s", (_, options, environment, message) => {
    expect(() => resolve(options, environment)).toThrow(message);
    expect(() => resolve(options, environment)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it.each<[string, object]>([
    ["a token with a line break", { bucket: "b", token: "hunter2\n" }],
    ["a password that is no text", { database: "d", username: "u", password: ["hunter2"] }],
    ["what is no address, with credentials in it", { database: "d", url: "u:hunter2@a:8086" }],
    ["credentials in the address", { database: "d", url: "http://u:hunter2@a:8086" }],
  ])("do not show a secret when they refuse %s", (_, options) => {
    let message = "";
    try {
      resolve(options);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^(token|password|url) must/);
    expect(message).not.toContain("hunter2");
  });
});
