import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { getMetricsCollector, MetricsCollector, processRegistry, setMetricsCollector } from "../src/index.ts";

afterEach(() => setMetricsCollector(undefined));

describe("the process-wide collector", () => {
  it("is made on first use, is always the same, and raises the generation when it is replaced", () => {
    const before = processRegistry().generation;
    const first = getMetricsCollector();
    expect(getMetricsCollector()).toBe(first);
    expect(processRegistry().generation).toBe(before + 1);
    const mine = new MetricsCollector({ service: "mine" });
    setMetricsCollector(mine);
    expect(getMetricsCollector()).toBe(mine);
    expect(processRegistry().generation).toBe(before + 2);
  });

  it("has no backend and takes no part in the process's end until it gets one", () => {
    const listeners = (): number => process.listenerCount("exit") + process.listenerCount("SIGTERM");
    const before = listeners();
    getMetricsCollector().counter("c").add(1);
    expect([getMetricsCollector().backends, listeners()]).toEqual([[], before]);
  });

  it("is found by every copy of the package, through one symbol", async () => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-copy-"));
    try {
      cpSync(fileURLToPath(new URL("../src", import.meta.url)), folder, { recursive: true });
      const copy: typeof import("../src/index.ts") = await import(join(folder, "index.ts"));
      expect(copy.MetricsCollector).not.toBe(MetricsCollector);
      const theirs = copy.getMetricsCollector();
      expect(getMetricsCollector()).toBe(theirs);
      theirs.recordCounter("c", 1);
      expect((globalThis as Record<symbol, unknown>)[Symbol.for("giflab.metrics/1")]).toBe(processRegistry());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("keeps fields that another version has put there", () => {
    const registry = processRegistry() as unknown as Record<string, unknown>;
    registry["ofTheFuture"] = 7;
    expect((processRegistry() as unknown as Record<string, unknown>)["ofTheFuture"]).toBe(7);
    delete registry["ofTheFuture"];
  });
});
