import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const CALLS = process.env["GIFLAB_TEST_LONG"] === "1" ? 20_000_000 : 2_000_000;
const PROBE = fileURLToPath(new URL("fixtures/allocation-probe.ts", import.meta.url));
/** A number that is an object takes 16 bytes; reading the heap takes some thousand, whatever the number of calls. */
const NOTHING = 0.01;

let bytesPerCall: Readonly<Record<string, number>>;

beforeAll(() => {
  // Compiling in the background would let a busy machine measure code that is not compiled yet.
  const flags = ["--expose-gc", "--no-concurrent-recompilation"];
  const printed = execFileSync(process.execPath, [...flags, PROBE, String(CALLS)], { encoding: "utf8" });
  bytesPerCall = JSON.parse(printed) as typeof bytesPerCall;
});

describe("the heap", () => {
  it("shows a number or a closure that is made in each call, and nothing where nothing is made", () => {
    expect(bytesPerCall["nothing"]).toBeLessThan(NOTHING);
    expect(bytesPerCall["a number that is an object"]).toBeGreaterThanOrEqual(8);
    expect(bytesPerCall["a closure"]).toBeGreaterThanOrEqual(24);
  });

  it.each([
    "counter.add",
    "counter.add of fractions",
    "gauge.set",
    "gauge.add",
    "histogram.record",
    "timer.record",
    "timer.start and stop",
    "counter.add in shared memory",
    "histogram.record in shared memory",
  ])("is left alone by %s through a bound handle", (way) => {
    expect(bytesPerCall[way]).toBeLessThan(NOTHING);
  });

  it.each(["counter", "gauge", "histogram", "timer"])("is left alone by a %s by name, with tags that exist", (kind) => {
    expect(bytesPerCall[`${kind} by name`]).toBeLessThan(NOTHING);
  });

  it.each(["counter.add", "gauge.set", "histogram.record", "timer.start and stop", "counter by name"])(
    "is left alone by %s while monitoring is disabled",
    (way) => {
      expect(bytesPerCall[`disabled ${way}`]).toBeLessThan(NOTHING);
    },
  );

  it("is used by a sampled timer in measured calls only, for the draw of the next one", () => {
    expect(bytesPerCall["timer.start and stop, one in ten measured"]).toBeLessThan(0.1 * 48);
  });
});
