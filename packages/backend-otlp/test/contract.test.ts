import { OtlpBackend, type OtlpOptions } from "@giflab/backend-otlp";
import { describeBackendContract } from "@giflab/backend-testkit";
import { OtlpReceiver } from "./otlp-receiver.ts";

const variants: readonly OtlpOptions[] = [
  { encoding: "protobuf", temporality: "cumulative", histogram: "exponential" },
  { encoding: "json", temporality: "delta", histogram: "explicit", compression: "gzip", pointsPerRequest: 7 },
];

for (const options of variants) {
  describeBackendContract({
    name: `OtlpBackend (${options.encoding}, ${options.temporality}, ${options.histogram})`,
    create: async ({ clock }) => {
      const receiver = await OtlpReceiver.listen();
      const backend = new OtlpBackend({ ...options, endpoint: receiver.endpoint, clock });
      return {
        backend,
        dispose: async () => {
          await backend.close();
          await receiver.halt();
        },
      };
    },
    capabilities: { read: false, store: false, state: false, writeSync: false },
  });
}
