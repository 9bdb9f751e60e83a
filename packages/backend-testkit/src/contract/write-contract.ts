import { describe, expect, it } from "vitest";
import type { BackendCapabilities } from "../backend-capabilities.ts";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, histogramPoint, timerPoint } from "../snapshot-points.ts";
import { snapshotOf, TEST_START, TestInstance } from "../test-instance.ts";

/** Accepting, refusing and closing. */
export function writeContract(tested: BackendUnderTest, capabilities: BackendCapabilities): void {
  const everyKind = () => [
    counterPoint("kind.counter", 1, { tags: { a: "x" } }),
    gaugePoint("kind.gauge", 2),
    histogramPoint("kind.histogram", [1, 2, 3]),
    timerPoint("kind.timer", [0.1]),
  ];

  describe("writing", () => {
    it("accepts a snapshot without points", async () => {
      await tested.write(snapshotOf());
    });

    it("accepts every kind of point and changes nothing of a snapshot, which other backends get too", async () => {
      const snapshot = snapshotOf({
        points: everyKind(),
        derived: [{ name: "kind.ratio", kind: "derived", formula: "kind.counter / kind.gauge" }],
      });
      const before = structuredClone(snapshot);
      await tested.write(deepFreeze(snapshot));
      await tested.backend.flush?.();
      expect(snapshot).toEqual(before);
    });

    it("refuses a write after close with CLOSED", async () => {
      await tested.backend.close();
      await expect((async () => tested.backend.write(snapshotOf()))()).rejects.toMatchObject({ code: "CLOSED" });
    });

    it("closes as often as it is asked, also twice at the same time", async () => {
      await tested.write(snapshotOf({ points: everyKind() }));
      await Promise.all([tested.backend.close(), tested.backend.close()]);
      await tested.backend.close();
      tested.backend.closeSync?.();
    });

    it("closes before anything was written", async () => {
      await tested.backend.close();
    });
  });

  if (!capabilities.writeSync) return;
  describe("writing without the event loop", () => {
    it("refuses a synchronous write after close with CLOSED", async () => {
      await tested.backend.close();
      let thrown: unknown;
      try {
        tested.backend.writeSync?.(snapshotOf());
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: "CLOSED" });
    });

    if (!capabilities.read) return;
    it("counts a snapshot that writeSync brings like one of write, and only once", async () => {
      const instance = new TestInstance();
      const first = instance.flush([counterPoint("sync.calls", 3)]);
      const second = instance.flush([counterPoint("sync.calls", 4)]);
      await tested.write(first);
      tested.backend.writeSync?.(first);
      tested.backend.writeSync?.(second);
      await tested.write(second);
      const summary = await tested.summary({ match: "sync.calls", from: TEST_START, to: instance.end });
      expect(summary.sum).toBe(7);
    });
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
