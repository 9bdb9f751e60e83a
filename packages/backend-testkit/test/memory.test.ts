import { describeBackendContract } from "@giflab/backend-testkit";
import { MemoryBackend } from "@giflab/metrics-core";

describeBackendContract({
  name: "MemoryBackend",
  create: async () => {
    const backend = new MemoryBackend();
    return { backend, dispose: () => backend.close() };
  },
  capabilities: { read: true, store: true, state: true, writeSync: true },
});
