import { describe, expect, it } from "vitest";
import { checkNodeVersion } from "../src/native-module.ts";

describe("the native module", () => {
  it.each(["18.20.0", "20.19.5", "22.17.1"])("is not loaded on Node %s, which it would crash", (version) => {
    expect(() => checkNodeVersion(version)).toThrow(`needs Node.js 22.18 or newer, this is ${version}`);
  });

  it.each(["22.18.0", "24.0.0", process.versions.node])("is loaded on Node %s", (version) => {
    expect(() => checkNodeVersion(version)).not.toThrow();
  });
});
