export { ManualClock } from "@giflab/metrics-core";
export type { BackendCapabilities } from "./backend-capabilities.ts";
export { type BackendContractOptions, describeBackendContract } from "./backend-contract.ts";
export type { ContractBackend, CreateBackend, OpenedBackend } from "./backend-under-test.ts";
export { SeededRandom } from "./seeded-random.ts";
export {
  counterPoint,
  gaugePoint,
  histogramPoint,
  type SeriesFields,
  sketchOf,
  timerPoint,
} from "./snapshot-points.ts";
export {
  type Flush,
  identityOf,
  snapshotOf,
  TEST_START,
  TestInstance,
  type TestInstanceOptions,
} from "./test-instance.ts";
