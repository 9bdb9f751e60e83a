import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StatsdBackend, type StatsdDialect } from "@giflab/backend-statsd";
import { describeBackendContract } from "@giflab/backend-testkit";
import { DgramSocket } from "node-unix-socket";
import { TcpServer } from "./tcp-server.ts";
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

describeBackendContract({
  name: "StatsdBackend (tcp)",
  create: async () => {
    const server = await TcpServer.listen();
    const backend = new StatsdBackend({ protocol: "tcp", port: server.port, onWarning: () => {} });
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

describeBackendContract({
  name: "StatsdBackend (unix)",
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-statsd-"));
    const path = join(folder, "s.sock");
    const server = new DgramSocket();
    server.bind(path);
    const backend = new StatsdBackend({ protocol: "unix", path, onWarning: () => {} });
    return {
      backend,
      dispose: async () => {
        await backend.close();
        server.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  capabilities: { read: false, store: false, state: false, writeSync: false },
});
