import { StatsdBackend, type StatsdDialect } from "@giflab/backend-statsd";
import { describeBackendContract } from "@giflab/backend-testkit";
import { UdpServer } from "./udp-server.ts";

for (const dialect of ["etsy", "graphite", "dogstatsd", "influx"] satisfies StatsdDialect[]) {
  describeBackendContract({
    name: `StatsdBackend (${dialect})`,
    create: async () => {
      const server = await UdpServer.listen();
      const backend = new StatsdBackend({ port: server.port, dialect, onWarning: () => {} });
      return {
        backend,
        dispose: async () => {
          await backend.close();
          await server.close();
        },
      };
    },
    capabilities: { read: false, store: false, state: false, writeSync: false },
  });
}
