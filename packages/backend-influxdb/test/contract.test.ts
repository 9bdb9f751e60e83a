import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { describeBackendContract } from "@giflab/backend-testkit";
import {
  describeWith,
  type HttpReceiver,
  startInfluxdb,
  startVictoriaMetrics,
} from "@giflab/backend-testkit/receivers";
import { afterAll, beforeAll } from "vitest";
import { LineReceiver } from "./line-receiver.ts";

const capabilities = { read: false, store: false, state: false, writeSync: false } as const;

describeBackendContract({
  name: "InfluxdbBackend",
  create: async () => {
    const receiver = await LineReceiver.listen();
    const backend = new InfluxdbBackend({ url: receiver.url, database: "test" });
    return {
      backend,
      dispose: async () => {
        await backend.close();
        await receiver[Symbol.asyncDispose]();
      },
    };
  },
  capabilities,
});

describeWith(["influxd"], "with a real InfluxDB 1", () => {
  let server: HttpReceiver;
  let databases = 0;
  beforeAll(async () => {
    server = await startInfluxdb();
  });
  afterAll(() => server?.receiver.stop());
  describeBackendContract({
    name: "InfluxdbBackend",
    create: async () => {
      databases++;
      const backend = new InfluxdbBackend({ url: server.url, database: `test-${databases}`, createDatabase: true });
      return { backend, dispose: () => finish(backend) };
    },
    capabilities,
  });
});

describeWith(["victoria-metrics"], "with the second API of a real VictoriaMetrics", () => {
  let server: HttpReceiver;
  beforeAll(async () => {
    server = await startVictoriaMetrics();
  });
  afterAll(() => server?.receiver.stop());
  describeBackendContract({
    name: "InfluxdbBackend",
    create: async () => {
      const backend = new InfluxdbBackend({ url: server.url, bucket: "test", token: "any" });
      return { backend, dispose: () => finish(backend) };
    },
    capabilities,
  });
});

/** A server that refused a line of the contract's hostile input fails the test that sent it. */
async function finish(backend: InfluxdbBackend): Promise<void> {
  await backend.close();
  if (backend.rejectedLines > 0) throw new Error(`the server refused ${backend.rejectedLines} lines`);
}
