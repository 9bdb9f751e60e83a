import { PrometheusBackend } from "@giflab/backend-prometheus";
import { describeBackendContract } from "@giflab/backend-testkit";

describeBackendContract({
  name: "PrometheusBackend",
  create: async ({ clock }) => {
    const backend = new PrometheusBackend({ clock, onWarning: () => {} });
    return { backend, dispose: () => backend.close() };
  },
  capabilities: { read: false, store: false, state: false, writeSync: true },
});
