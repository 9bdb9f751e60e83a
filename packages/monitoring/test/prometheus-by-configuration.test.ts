import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createScrapeHandler, type PrometheusBackend } from "@giflab/backend-prometheus";
import { expect, onTestFinished, test } from "vitest";
import { type GiflabConfig, instrumentAllSystems } from "../src/index.ts";

async function start(config: GiflabConfig["monitoring"]) {
  const monitoring = await instrumentAllSystems({ config: { monitoring: { service: "api", ...config } }, env: {} });
  onTestFinished(() => monitoring.stop());
  const backend = monitoring.collector.backends.find(({ name }) => name === "prometheus") as PrometheusBackend;
  return { monitoring, backend };
}

test("a configuration that names prometheus has metrics served on loopback, without any code", async () => {
  const { monitoring, backend } = await start({
    backend: ["memory", "prometheus"],
    backendOptions: { prometheus: { port: 0, path: "/internal", prefix: "shop" } },
  });
  monitoring.collector.recordCounter("orders", 2);
  const url = await backend.url();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/internal$/);
  const text = await (await fetch(url!)).text();
  expect(text).toContain("\nshop_orders_total 2\n");
  expect(text).toMatch(/^giflab_instance_info\{service="api",/m);
});

test("the same metrics are shown by a handler on the program's own server", async () => {
  const server = createServer(createScrapeHandler());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { monitoring, backend } = await start({
    backend: "prometheus",
    backendOptions: { prometheus: { port: false, prefix: "shop" } },
  });
  expect(await backend.url()).toBeUndefined();
  monitoring.collector.recordCounter("orders", 3);
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await response.text()).toContain("\nshop_orders_total 3\n");
  expect(monitoring.collector.backends).toHaveLength(1);
});

test("a mistake in its options names the section", async () => {
  const starting = start({ backend: "prometheus", backendOptions: { prometheus: { port: -1 } } });
  await expect(starting).rejects.toThrow(
    "monitoring.backendOptions.prometheus: port must be false or a whole number from 0 to 65535, got -1",
  );
});
