import { isMetricsError } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { PrometheusStore, type PrometheusStoreOptions } from "../../src/store/index.ts";

const failureOf = (options: object): Error => {
  try {
    new PrometheusStore(options as PrometheusStoreOptions);
  } catch (error) {
    expect(isMetricsError(error, "INVALID_OPTION")).toBe(true);
    return error as Error;
  }
  throw new Error(`${JSON.stringify(options)} was taken`);
};

describe("options of the Prometheus store", () => {
  it.each([
    ["http://host:9090", "http://host:9090"],
    ["http://host:9090/", "http://host:9090"],
    ["https://mimir.example/prometheus/api/v1/", "https://mimir.example/prometheus"],
    ["http://me:secret@host:9090", "http://host:9090"],
  ])("%s is shown as %s", (url, location) => {
    expect(new PrometheusStore({ url }).location).toBe(location);
  });

  it.each([
    [{ url: "localhost:9090" }, /must begin with http:\/\/ or https:\/\//],
    [{ url: "prometheus" }, /such as http:\/\/127.0.0.1:9090/],
    [{ url: "http://host:9090/graph?g0.expr=up" }, /the address alone/],
    [{ url: "http://host", password: "x" }, /password needs username/],
    [{ url: "http://host", token: "a", username: "b" }, /not several/],
    [{ url: "http://host", headers: { "x-scope-orgid": "a\nb" } }, /"x-scope-orgid" is not/],
    [{ url: "http://host", labels: { "a-b": "c" } }, /labels must be/],
    [{ url: "http://host", timeoutSeconds: 0 }, /timeoutSeconds must be a number from 0.1 to 3600, got 0/],
    [{ url: "http://host", maxSample: 5 }, /there is no option maxSample/],
  ])("%o is refused with what is allowed", (options, message) => {
    expect(failureOf(options).message).toMatch(message);
  });

  it("never repeats a secret in what it says", () => {
    for (const options of [
      { url: "http://host", token: "s3cret\n" + "s3cret" },
      { url: "http://me:s3cret@host", token: "s3cret" },
      { url: "http://me:s3cret@host/?q" },
      { url: "ftp://me:s3cret@host/" },
    ]) {
      expect(failureOf(options).message).not.toContain("s3cret");
    }
  });
});
