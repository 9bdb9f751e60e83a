import { describe, expect, it } from "vitest";
import { acceptsGzip, negotiateFormat } from "../src/exposition-format.ts";

describe("content negotiation", () => {
  const wanted: readonly (readonly [accept: string | undefined, kind: string])[] = [
    [undefined, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text"],
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openmetrics",
    ],
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
    ["application/openmetrics-text;version=2.0.0", "text"],
    ["application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", "text"],
    ["text/plain, application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=much", "text"],
    ["image/png", "text"],
  ];
  for (const [accept, kind] of wanted) {
    it(`answers ${JSON.stringify(accept)} with ${kind}`, () => {
      expect(negotiateFormat(accept).kind).toBe(kind);
    });
  }

  it("compresses only for those who accept gzip", () => {
    expect(["gzip", "deflate, gzip;q=0.5", "*", "x-gzip", "br, *;q=0.1"].map(acceptsGzip)).toEqual(Array(5).fill(true));
    expect([undefined, "", "identity", "gzip;q=0", "gzip;q=0, *", "*;q=0"].map(acceptsGzip)).toEqual(
      Array(6).fill(false),
    );
  });
});
