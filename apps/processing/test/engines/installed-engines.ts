import { describe, it } from "vitest";
import { type DetectedEngines, detectEngines } from "../../src/engines/detect-engines.ts";
import type { ExternalEngineName } from "../../src/engines/external-engine.ts";

const required = process.env["GIFLAB_REQUIRE_RECEIVERS"] === "1";

/** The engines of this machine. */
export const installed: DetectedEngines = await detectEngines();

/** A suite on real engines. Without them it is left out and says so, unless GIFLAB_REQUIRE_RECEIVERS is 1. */
export function describeWith(engines: readonly ExternalEngineName[], title: string, suite: () => void): void {
  const missing = installed.missing.filter(({ name }) => engines.includes(name));
  if (missing.length === 0 || required) describe(title, suite);
  else {
    const names = missing.map(({ packageName }) => packageName).join(" ");
    describe(title, () => {
      it("is left out where its engines are not installed", () => {
        console.warn(`not tested: ${title} (apt-get install ${names})`);
      });
    });
  }
}
