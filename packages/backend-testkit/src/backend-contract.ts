import { describe } from "vitest";
import type { BackendCapabilities } from "./backend-capabilities.ts";
import { BackendUnderTest, type CreateBackend } from "./backend-under-test.ts";
import { capabilityContract } from "./contract/capability-contract.ts";
import { derivedContract } from "./contract/derived-contract.ts";
import { distributionContract } from "./contract/distribution-contract.ts";
import { gaugeContract } from "./contract/gauge-contract.ts";
import { gaugeLivenessContract } from "./contract/gauge-liveness-contract.ts";
import { hostileInputContract } from "./contract/hostile-input-contract.ts";
import { idempotenceContract } from "./contract/idempotence-contract.ts";
import { pointsContract } from "./contract/points-contract.ts";
import { rateContract } from "./contract/rate-contract.ts";
import { selectorContract } from "./contract/selector-contract.ts";
import { seriesContract } from "./contract/series-contract.ts";
import { stateContract } from "./contract/state-contract.ts";
import { storeContract } from "./contract/store-contract.ts";
import { tagContract } from "./contract/tag-contract.ts";
import { windowContract } from "./contract/window-contract.ts";
import { writeContract } from "./contract/write-contract.ts";

/** A backend's introduction to its contract. */
export interface BackendContractOptions {
  /** Name of the `describe` block. */
  readonly name: string;
  readonly create: CreateBackend;
  readonly capabilities: BackendCapabilities;
}

/**
 * Registers vitest tests for everything that a GifLab backend owes its users. Call it at the top of a test file:
 *
 * ```ts
 * describeBackendContract({
 *   name: "MemoryBackend",
 *   create: async ({ clock }) => {
 *     const backend = new MemoryBackend({ clock });
 *     return { backend, dispose: () => backend.close() };
 *   },
 *   capabilities: { read: true, store: true, state: true, writeSync: true },
 * });
 * ```
 *
 * Throws at once when the capabilities contradict each other.
 */
export function describeBackendContract(options: BackendContractOptions): void {
  const { name, create, capabilities } = options;
  if (capabilities.store && !capabilities.read) {
    throw new Error(`capabilities of ${name}: a store is a reader too, so { store: true } needs { read: true }`);
  }
  describe(`${name} keeps the backend contract`, () => {
    const tested = new BackendUnderTest(create);
    capabilityContract(tested, capabilities);
    writeContract(tested, capabilities);
    hostileInputContract(tested, capabilities);
    if (capabilities.read) {
      idempotenceContract(tested);
      windowContract(tested);
      rateContract(tested);
      distributionContract(tested);
      gaugeContract(tested);
      gaugeLivenessContract(tested);
      tagContract(tested);
      selectorContract(tested);
      derivedContract(tested);
      seriesContract(tested);
      pointsContract(tested);
    }
    if (capabilities.store) storeContract(tested, capabilities);
    if (capabilities.state) stateContract(tested);
  });
}
