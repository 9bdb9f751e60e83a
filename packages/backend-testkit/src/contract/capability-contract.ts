import { expect, it } from "vitest";
import type { BackendCapabilities } from "../backend-capabilities.ts";
import type { BackendUnderTest } from "../backend-under-test.ts";

/** What a backend says it can do it can, and what it says it cannot do is not there to be called by mistake. */
export function capabilityContract(tested: BackendUnderTest, capabilities: BackendCapabilities): void {
  const methods: [keyof BackendCapabilities, readonly string[]][] = [
    ["read", ["summaries", "series", "points", "stats"]],
    ["store", ["clear", "prune"]],
    ["state", ["get", "compareAndSet", "list"]],
    ["writeSync", ["writeSync"]],
  ];
  for (const [capability, names] of methods) {
    const has = capabilities[capability];
    it(`${has ? "has" : "has no"} ${names.join(", ")}, as { ${capability}: ${has} } declares`, () => {
      for (const name of names) {
        const member = (tested.backend as unknown as Record<string, unknown>)[name];
        expect(typeof member, name).toBe(has ? "function" : "undefined");
      }
    });
  }

  it("has a short name for messages and tags", () => {
    expect(tested.backend.name).toMatch(/^[a-z][a-z0-9_-]{0,30}$/);
  });
}
