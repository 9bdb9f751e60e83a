import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import { detectResources, envDetector } from "@opentelemetry/resources";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readEnvironment } from "../src/otlp-environment.ts";
import { resolveOtlpOptions } from "../src/otlp-options.ts";

const resolve = (options: OtlpOptions = {}, env: Record<string, string> = {}) => {
  const warnings: string[] = [];
  const settings = resolveOtlpOptions({ onWarning: (message) => void warnings.push(message), ...options }, env);
  return { ...settings, endpoint: settings.endpoint.href, warnings };
};

describe("OTLP settings", () => {
  it("have the specification's defaults, but for exponential histograms", () => {
    expect(resolve()).toMatchObject({
      endpoint: "http://localhost:4318/v1/metrics",
      encoding: "protobuf",
      compression: "none",
      headers: {},
      timeoutMs: 10_000,
      temporality: "cumulative",
      histogram: "exponential",
      maxBuckets: 640,
      resourceAttributes: {},
      warnings: [],
    });
  });

  it("come from the variables of metrics, else from those of all signals", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://all.example/base/",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_COMPRESSION: "GZIP",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b, X-Tenant=one",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "LowMemory",
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "explicit_bucket_histogram",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
    };
    expect(resolve({}, env)).toMatchObject({
      endpoint: "https://all.example/base/v1/metrics",
      encoding: "json",
      compression: "gzip",
      timeoutMs: 2500,
      headers: { "api-key": "a b", "x-tenant": "one" },
      temporality: "delta",
      histogram: "explicit",
      certificate: "/ca.pem",
      warnings: [],
    });
    expect(
      resolve(
        {},
        {
          ...env,
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://own.example",
          OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
          OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "none",
          OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "7",
          OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-tenant=two",
        },
      ),
    ).toMatchObject({
      endpoint: "http://own.example/",
      encoding: "protobuf",
      compression: "none",
      timeoutMs: 7,
      headers: { "api-key": "a b", "x-tenant": "two" },
    });
  });

  it("prefer an option to a variable, header by header, and take an empty variable for none", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: " ",
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "",
      OTEL_EXPORTER_OTLP_TIMEOUT: "5",
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2",
      OTEL_RESOURCE_ATTRIBUTES: "team=x,service.name=attribute",
      OTEL_SERVICE_NAME: "named",
    };
    expect(resolve({}, env)).toMatchObject({
      endpoint: "http://localhost:4318/v1/metrics",
      timeoutMs: 5,
      resourceAttributes: { team: "x", "service.name": "named" },
    });
    expect(
      resolve(
        { endpoint: "http://h:1", timeoutMs: 9, headers: { B: "3" }, resourceAttributes: { "service.name": "given" } },
        env,
      ),
    ).toMatchObject({
      endpoint: "http://h:1/v1/metrics",
      timeoutMs: 9,
      headers: { a: "1", b: "3" },
      resourceAttributes: { team: "x", "service.name": "given" },
    });
    expect(resolve({ endpoint: "http://h:1/other?tenant=7" }).endpoint).toBe("http://h:1/other?tenant=7");
  });

  it("ignore words and numbers of the environment that cannot be used, with a warning that shows no header", () => {
    const { warnings, ...settings } = resolve(
      {},
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "soon",
        OTEL_EXPORTER_OTLP_HEADERS: "s3cret,a=1",
        OTEL_RESOURCE_ATTRIBUTES: "a=1,b",
      },
    );
    expect(settings).toMatchObject({
      encoding: "protobuf",
      timeoutMs: 10_000,
      headers: { a: "1" },
      resourceAttributes: {},
    });
    expect(warnings.sort()).toEqual([
      expect.stringContaining("OTEL_EXPORTER_OTLP_HEADERS must be key=value pairs"),
      expect.stringContaining("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT must be whole milliseconds"),
      expect.stringContaining(
        'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json, got "grpc": ignored',
      ),
      expect.stringContaining("OTEL_RESOURCE_ATTRIBUTES must be key=value pairs"),
    ]);
    expect(warnings.join()).not.toContain("s3cret");
  });

  const refused: readonly [options: Record<string, unknown>, message: string][] = [
    [{ endpont: "http://h" }, "endpont is not a known option: did you mean endpoint?"],
    [{ endpoint: "localhost:4318" }, "endpoint must be an http or https URL"],
    [{ endpoint: "ftp://u:s3cret@h" }, "endpoint must be an http or https URL"],
    [{ encoding: "grpc" }, 'encoding must be protobuf or json, got "grpc"'],
    [{ compression: "zstd" }, 'compression must be gzip or none, got "zstd"'],
    [{ timeoutMs: 0 }, "timeoutMs must be a whole number from 1 to 3600000, got 0"],
    [{ temporality: "lowmemory" }, 'temporality must be cumulative or delta, got "lowmemory"'],
    [{ histogram: "classic" }, 'histogram must be exponential or explicit, got "classic"'],
    [{ maxBuckets: 1 }, "maxBuckets must be a whole number from 2 to 4480, got 1"],
    [{ explicitBounds: [1, 1] }, "explicitBounds must be a list of rising, finite numbers, got [1,1]"],
    [{ pointsPerRequest: 1.5 }, "pointsPerRequest must be a whole number from 1 to 100000, got 1.5"],
    [{ headers: { "bad name": "s3cret" } }, 'headers: "bad name" is not the name of a header'],
    [{ headers: { key: "s3cret\r\nx: y" } }, "headers: the value of key must be text without line breaks"],
    [{ headers: "s3cret" }, "headers must be an object of texts"],
    [{ resourceAttributes: { a: { b: 1 } } }, "resourceAttributes must be an object of texts"],
    [{ certificate: 7 }, "certificate must be the path of a PEM file, got 7"],
    [{ clientKey: "/k" }, "clientCertificate and clientKey go together"],
  ];
  for (const [options, message] of refused) {
    it(`refuse ${JSON.stringify(options)}`, () => {
      let thrown: unknown;
      try {
        resolve(options as OtlpOptions);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: "INVALID_OPTION", message: expect.stringContaining(message) });
      expect(String(thrown)).not.toContain("s3cret");
    });
  }

  it("refuse an endpoint of the environment that is no URL, by the name of its variable", () => {
    for (const variable of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]) {
      expect(() => resolve({}, { [variable]: "collector" })).toThrow(`${variable} must be a URL`);
    }
  });
});

describe("the environment", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("is read when a backend is made, and not before", () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere");
    expect(() => new OtlpBackend()).toThrow("OTEL_EXPORTER_OTLP_ENDPOINT must be a URL");
  });

  for (const text of ["a=1,b=two words", " a = 1 , b=x%2Cy%3Dz,", "a=1,b", "a=1,b=2=3", "=1", "a=%zz", "", "a="]) {
    it(`gives the resource attributes that the official detector finds in ${JSON.stringify(text)}`, () => {
      vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", text);
      vi.stubEnv("OTEL_SERVICE_NAME", "named");
      const { attributes } = detectResources({ detectors: [envDetector] });
      expect(readEnvironment(process.env).resourceAttributes).toEqual(attributes);
    });
  }
});
