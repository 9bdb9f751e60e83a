import { createBackend, PrometheusBackend, type PrometheusOptions } from "@giflab/backend-prometheus";
import { describe, expect, it } from "vitest";

describe("options", () => {
  const refused: readonly (readonly [options: object, message: string])[] = [
    [{ prefix: "a-b" }, "prefix must be letters, digits"],
    [{ port: 70_000 }, "port must be false or a whole number from 0 to 65535, got 70000"],
    [{ port: "9464" }, 'got "9464"'],
    [{ host: "" }, "host must be"],
    [{ path: "metrics" }, 'path must be a path that begins with "/"'],
    [{ buckets: [] }, "buckets must be finite, rising bounds"],
    [{ buckets: { "a.*": [2, 1] } }, "buckets must be finite, rising bounds, got [2,1]"],
    [{ buckets: { "a.*": 1 } }, 'buckets["a.*"] must be a list'],
    [{ buckets: 5 }, "buckets must be a list"],
    [{ cluster: "yes" }, "cluster must be true or false"],
    [{ clusterWaitSeconds: 0 }, "clusterWaitSeconds must be a number from 0.01 to 60"],
  ];
  for (const [options, message] of refused) {
    it(`refuse ${JSON.stringify(options)} and say what is allowed`, () => {
      expect(() => new PrometheusBackend(options as PrometheusOptions)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(message) }),
      );
      expect(() => createBackend(options as PrometheusOptions)).toThrow(message);
    });
  }
});
